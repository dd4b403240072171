"""Any Django e-mail backend as a transport, anymail's providers among them: one message, one recipient, one answer."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import MIMEPart
from email.utils import parseaddr
from types import TracebackType
from typing import Any

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from urllib3.exceptions import NewConnectionError

from crisisdesk.core.transports import providers
from crisisdesk.core.transports.answers import Answer, Fault, Outcome, Stage, classify, split_reply
from crisisdesk.core.transports.config import MailConfig
from crisisdesk.core.transports.envelope import WITHHELD, Envelope, always

logger = logging.getLogger(__name__)

# Written by Django from its own arguments, or by the MIME library.
_OWN_HEADERS = frozenset({"from", "to", "subject", "reply-to", "mime-version", "content-type"})
_STATUS = {
    "sent": (Outcome.ACCEPTED, Fault.NONE),
    "queued": (Outcome.ACCEPTED, Fault.NONE),
    "unknown": (Outcome.ACCEPTED, Fault.NONE),
    "invalid": (Outcome.REJECTED, Fault.ADDRESS),
    "rejected": (Outcome.REJECTED, Fault.MAILBOX),
    "failed": (Outcome.REJECTED, Fault.OTHER),
}


def as_django(envelope: Envelope) -> EmailMultiAlternatives:
    """The mail as Django's object, with its own Message-ID and Date, and the reference as anymail's metadata."""
    parsed = message_from_bytes(envelope.content, policy=policy.default)
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    raw = dict(parsed.raw_items())
    message = EmailMultiAlternatives(
        subject=str(parsed["Subject"] or ""),
        body=_text(plain),
        from_email=_mailbox(raw["From"]),
        to=[_mailbox(raw["To"])],
        reply_to=[_mailbox(raw["Reply-To"])] if "Reply-To" in raw else None,
        headers={name: str(value) for name, value in parsed.items() if name.lower() not in _OWN_HEADERS},
    )
    if html is not None:
        message.attach_alternative(_text(html), "text/html")
    if envelope.reference:
        message.metadata = {"delivery": envelope.reference}  # type: ignore[attr-defined]
    return message


def _mailbox(raw: str) -> str:
    # The parser of Python 3.11 leaves blanks between the encoded words of a long name; this older way does not.
    name, address = parseaddr(raw)
    shown = str(make_header(decode_header(name))).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}" <{address}>' if shown else address


def _text(part: MIMEPart | None) -> str:
    return str(part.get_content()) if part is not None else ""


class BackendTransport:
    """A Django e-mail backend, kept open between mails; for one thread. An unknown outcome is never repeated."""

    repeats_safely = False

    def __init__(self, config: MailConfig) -> None:
        """Raises ImproperlyConfigured when the backend cannot be imported or lacks its settings."""
        self.name = config.name
        self._backend: Any = get_connection(config.backend)
        self._is_open = False

    def __enter__(self) -> BackendTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what the backend keeps open."""
        if self._is_open:
            self._is_open = False
            self._backend.close()

    def send(self, envelope: Envelope, *, may_send: Callable[[], bool] = always) -> Answer:
        """Hand one mail over."""
        message = self._written(envelope)
        try:
            if not self._is_open:
                self._backend.open()
                self._is_open = True
            if not may_send():
                return Answer(Outcome.DEFERRED, WITHHELD, "", self.name)
            taken = self._backend.send_messages([message])
        except Exception as error:  # noqa: BLE001 - a provider's library may raise anything; every kind gets an answer
            outcome, fault, code, text = judge(error)
            if fault in (Fault.CONNECTION, Fault.TLS, Fault.AUTHENTICATION) and self._is_open:
                self._is_open = False
                self._backend.close()
            return Answer(outcome, code, text, self.name, fault=fault)
        return self._answer(message, taken)

    def _written(self, envelope: Envelope) -> EmailMultiAlternatives:
        message = as_django(envelope)
        # For backends that send MIME as it is, ours among them.
        message.raw_content = envelope.content  # type: ignore[attr-defined]
        if self._provider == "Postmark":
            # Without this Postmark puts its own Message-ID in place of ours.
            message.extra_headers["X-PM-KeepID"] = "true"
        return message

    @property
    def _provider(self) -> str:
        return str(getattr(self._backend, "esp_name", ""))

    def _answer(self, message: EmailMultiAlternatives, taken: int | None) -> Answer:
        status = getattr(message, "anymail_status", None)
        if status is None or not status.recipients:
            if not taken:
                return Answer(Outcome.REJECTED, "", "The backend did not take the mail.", self.name, fault=Fault.OTHER)
            return Answer(Outcome.ACCEPTED, "", "", self.name)
        recipient = next(iter(status.recipients.values()))
        outcome, fault = _STATUS.get(recipient.status, (Outcome.ACCEPTED, Fault.NONE))
        provider_id = "" if recipient.message_id is None else str(recipient.message_id)
        if recipient.status == "unknown" and not provider_id:
            # Anymail could not read the answer, and the provider named no mail: nobody can say that it took one.
            outcome, fault = Outcome.UNKNOWN, Fault.OTHER
        received_as = providers.received_as(self._provider, provider_id, getattr(self._backend, "region", ""))
        return Answer(outcome, recipient.status or "", "", self.name, provider_id, fault, received_as)


Judgement = tuple[Outcome, Fault, str, str]


def judge(error: Exception) -> Judgement:
    """(outcome, fault, code, text) of what a backend raised. Nothing is quoted but codes and reasons."""
    if isinstance(error, AnymailRecipientsRefused):
        statuses = getattr(error.email_message, "anymail_status", None)
        status = next((recipient.status for recipient in statuses.recipients.values()), "") if statuses else ""
        outcome, fault = _STATUS.get(status, (Outcome.REJECTED, Fault.OTHER))
        return outcome, fault, status, "The provider refuses this address."
    if isinstance(error, AnymailInvalidAddress):
        return Outcome.REJECTED, Fault.ADDRESS, "", "The e-mail address is not usable."
    if isinstance(error, AnymailUnsupportedFeature | AnymailSerializationError):
        return Outcome.REJECTED, Fault.CONTENT, "", f"The provider cannot carry this mail ({type(error).__name__})."
    if isinstance(error, ImproperlyConfigured):
        return Outcome.BROKEN, Fault.AUTHENTICATION, "", "The provider is not configured completely."
    if isinstance(error, AnymailAPIError):
        return _judge_api(error)
    if isinstance(error, smtplib.SMTPException | OSError):
        return _judge_smtp(error)
    logger.error("A mail backend raised %s.", type(error).__name__)
    return Outcome.UNKNOWN, Fault.OTHER, "", f"The mail backend failed ({type(error).__name__})."


def _judge_api(error: AnymailAPIError) -> Judgement:
    status: int | None = error.status_code
    if status is None:
        return _judge_unanswered(error)
    if (found := _judge_body(error)) is not None:
        return found
    code = f"HTTP {status}"
    if status in (401, 403):
        return Outcome.BROKEN, Fault.AUTHENTICATION, code, "The provider does not accept our key."
    if status in (402, 404, 405, 410):
        return Outcome.BROKEN, Fault.POLICY, code, "The provider does not serve this account or sender."
    if status == 413:
        return Outcome.REJECTED, Fault.CONTENT, code, "The mail is too large for the provider."
    if status in (429, 503):
        return Outcome.DEFERRED, Fault.THROTTLE, code, "The provider asks to come back later."
    if 400 <= status < 500:
        return Outcome.REJECTED, Fault.OTHER, code, "The provider refuses this mail."
    return Outcome.UNKNOWN, Fault.CONNECTION, code, "The provider failed while it had the mail."


def _judge_body(error: AnymailAPIError) -> Judgement | None:
    response = getattr(error, "response", None)
    if response is None:
        return None
    try:
        answered = response.json()
    except ValueError:
        return None
    return providers.judge(str(error.esp_name or ""), answered, response.headers)


def _judge_unanswered(error: AnymailAPIError) -> Judgement:
    if isinstance(error, requests.exceptions.SSLError):
        return Outcome.BROKEN, Fault.TLS, "", "The provider's certificate is not valid."
    cause = error.__cause__
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return Outcome.BROKEN, Fault.CONNECTION, "", "No connection to the provider."
    return Outcome.UNKNOWN, Fault.CONNECTION, "", "The connection was lost before the provider answered."


def _judge_smtp(error: smtplib.SMTPException | OSError) -> Judgement:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return (*classify(Stage.RCPT, code, text), *split_reply(code, text))
    if isinstance(error, smtplib.SMTPResponseException):
        stage = Stage.DATA
        if isinstance(error, smtplib.SMTPAuthenticationError):
            stage = Stage.AUTH
        elif isinstance(error, smtplib.SMTPSenderRefused):
            stage = Stage.MAIL
        elif isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
            stage = Stage.CONNECT
        return (*classify(stage, error.smtp_code, error.smtp_error), *split_reply(error.smtp_code, error.smtp_error))
    if isinstance(error, ConnectionRefusedError):
        return Outcome.BROKEN, Fault.CONNECTION, "", "No connection to the mail server."
    return Outcome.UNKNOWN, Fault.CONNECTION, "", "The connection was lost before the answer."
