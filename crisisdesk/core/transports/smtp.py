"""Plain SMTP over a kept-open connection: one mail, one recipient, one answer."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable
from types import TracebackType

from django.core.mail.utils import DNS_NAME

from crisisdesk.core.transports.addresses import UnusableAddress, needs_smtputf8, travelling
from crisisdesk.core.transports.answers import Answer, Fault, Outcome, Stage, classify, split_reply
from crisisdesk.core.transports.config import MailConfig
from crisisdesk.core.transports.envelope import WITHHELD, Envelope, always

logger = logging.getLogger(__name__)


class Refused(Exception):
    """The server answered with something else than yes."""

    def __init__(self, stage: Stage, code: int, text: bytes) -> None:
        super().__init__(stage, code)
        self.stage, self.code, self.text = stage, code, text


class Lost(Exception):
    """The connection is gone. `handed_over`: after the last byte of the content, so the outcome is not known."""

    def __init__(self, *, handed_over: bool) -> None:
        super().__init__()
        self.handed_over = handed_over


class Withheld(Exception):
    """The permit was gone right before the content would have left."""


def connect(config: MailConfig) -> smtplib.SMTP:
    """Connect, secure and sign in. Raises OSError; smtplib's and ssl's exceptions are such."""
    context = _tls(config)
    if config.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=str(DNS_NAME), timeout=config.timeout, context=context)
    else:
        client = smtplib.SMTP(local_hostname=str(DNS_NAME), timeout=config.timeout)
    # smtplib checks the certificate against this name; `connect` alone does not set it.
    client._host = config.host  # type: ignore[attr-defined]
    try:
        code, text = client.connect(config.host, config.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        client.ehlo_or_helo_if_needed()
        if config.scheme == "smtp+tls":
            client.starttls(context=context)
            client.ehlo()
        if config.user:
            client.login(config.user, config.password)
    except BaseException:
        client.close()
        raise
    return client


def _tls(config: MailConfig) -> ssl.SSLContext | None:
    return None if config.scheme == "smtp" else ssl.create_default_context(cafile=config.ca or None)


class Session:
    """One connection. Pipelines MAIL, RCPT and DATA where the server offers it (RFC 2920)."""

    def __init__(self, config: MailConfig) -> None:
        self.config = config
        self.client = connect(config)
        self.handed_over = 0

    def close(self) -> None:
        """End the connection, politely if it still stands."""
        try:
            if self.client.sock is not None:
                self.client.sock.settimeout(2)
                self.client.quit()
        except OSError:
            logger.debug("The server was gone before QUIT.")
        finally:
            self.client.close()

    def hand_over(self, envelope: Envelope, may_send: Callable[[], bool]) -> tuple[int, bytes]:
        """Send one mail and return the reply to it. Raises Refused, Lost and Withheld."""
        try:
            self._introduce(envelope)
        except OSError as error:
            raise Lost(handed_over=False) from error
        if not may_send():
            # Only closing the connection takes DATA back.
            self.client.close()
            raise Withheld
        stuffed = envelope.content.replace(b"\r\n.", b"\r\n..")
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            # One write: unless all of it went out, the last dot did not, and the server must not deliver.
            self.client.send(stuffed + end)
        except OSError as error:
            raise Lost(handed_over=False) from error
        code, text = self._answer_to_content()
        self.handed_over += 1
        if not 200 <= code < 300:
            raise Refused(Stage.DATA, code, text)
        return code, text

    def _answer_to_content(self) -> tuple[int, bytes]:
        sock = self.client.sock
        try:
            if sock is not None:
                sock.settimeout(self.config.data_timeout)
            code, text = self.client.getreply()
            if sock is not None:
                sock.settimeout(self.config.timeout)
        except OSError as error:
            raise Lost(handed_over=True) from error
        if not (200 <= code < 300 or 400 <= code < 600):
            # Neither yes nor no: what it answers is not what was asked.
            raise Lost(handed_over=True)
        return code, text

    def _introduce(self, envelope: Envelope) -> None:
        """MAIL, RCPT, DATA up to the 354."""
        mail, rcpt, data = self._commands(envelope)
        if "pipelining" in self.client.esmtp_features:
            self.client.send(mail + rcpt + data)
            replies = [self.client.getreply() for _ in range(3)]
        else:
            replies = []
            for command, stage in ((mail, Stage.MAIL), (rcpt, Stage.RCPT), (data, Stage.DATA)):
                self.client.send(command)
                replies.append(self.client.getreply())
                if not _goes_on(stage, replies[-1][0]):
                    break
        for stage, (code, text) in zip((Stage.MAIL, Stage.RCPT, Stage.DATA), replies, strict=False):
            if not _goes_on(stage, code):
                self._take_back(open_data=len(replies) == 3 and replies[2][0] == 354)
                raise Refused(stage, code, text)

    def _commands(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        sender, recipient = travelling(envelope.sender), travelling(envelope.recipient)
        features = self.client.esmtp_features
        options = f" SIZE={len(envelope.content)}" if "size" in features else ""
        if needs_smtputf8(sender, recipient):
            if "smtputf8" not in features:
                raise Refused(Stage.RCPT, 553, b"5.6.7 the mail server takes no international addresses (SMTPUTF8)")
            options += " SMTPUTF8 BODY=8BITMIME"
        return f"MAIL FROM:<{sender}>{options}\r\n".encode(), f"RCPT TO:<{recipient}>\r\n".encode(), b"DATA\r\n"

    def _take_back(self, *, open_data: bool) -> None:
        """Leave the connection fit for the next mail, or close it. An opened DATA is ended empty (RFC 2920 §3.1)."""
        try:
            if open_data:
                self.client.send(b".\r\n")
                self.client.getreply()
            self.client.docmd("RSET")
        except OSError:
            self.client.close()


def _goes_on(stage: Stage, code: int) -> bool:
    return code == 354 if stage is Stage.DATA else 200 <= code < 300


def not_connected(error: OSError, name: str) -> Answer:
    """Why there is no connection, as the answer to a mail that waits for one. `name` is the transport's."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _said(Stage.AUTH, error.smtp_code, error.smtp_error, name)
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(Stage.CONNECT, error.smtp_code, error.smtp_error, name)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        fault = Fault.TLS if "STARTTLS" in str(error) else Fault.AUTHENTICATION
        return Answer(Outcome.BROKEN, "", str(error), name, fault=fault)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Answer(Outcome.BROKEN, "", f"TLS: {error.reason or type(error).__name__}", name, fault=Fault.TLS)
    text = f"No connection to the mail server: {error.strerror or 'no answer'}"
    return Answer(Outcome.BROKEN, "", text, name, fault=Fault.CONNECTION)


def _said(stage: Stage, code: int, text: bytes | str, name: str) -> Answer:
    outcome, fault = classify(stage, code, text)
    return Answer(outcome, *split_reply(code, text), name, fault=fault)


class SmtpTransport:
    """A kept-open connection to one server, opened again when it is lost; for one thread."""

    repeats_safely = True

    def __init__(self, config: MailConfig) -> None:
        self.config = config
        self.name = config.name
        self._session: Session | None = None

    def __enter__(self) -> SmtpTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next mail opens another."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def send(self, envelope: Envelope, *, may_send: Callable[[], bool] = always) -> Answer:
        """Hand one mail over. A kept-open connection that the server has ended meanwhile is replaced once."""
        used_before = self._session is not None and self._session.handed_over > 0
        try:
            answer = self._attempt(envelope, may_send)
            if answer.fault is Fault.CONNECTION and answer.outcome is Outcome.DEFERRED and used_before:
                answer = self._attempt(envelope, may_send)
        except UnusableAddress as error:
            return self._answer(Outcome.REJECTED, Fault.ADDRESS, "", str(error))
        return answer

    def _attempt(self, envelope: Envelope, may_send: Callable[[], bool]) -> Answer:
        if self._session is None:
            try:
                self._session = Session(self.config)
            except OSError as error:
                return not_connected(error, self.name)
        try:
            code, text = self._session.hand_over(envelope, may_send)
        except Withheld:
            self.close()
            return self._answer(Outcome.DEFERRED, Fault.NONE, WITHHELD, "")
        except Lost as lost:
            self.close()
            if lost.handed_over:
                return self._answer(Outcome.UNKNOWN, Fault.CONNECTION, "", "The connection was lost before the answer.")
            return self._answer(Outcome.DEFERRED, Fault.CONNECTION, "", "The connection was lost.")
        except Refused as refusal:
            if refusal.code == 421 or self._session.client.sock is None:
                self.close()
            outcome, fault = classify(refusal.stage, refusal.code, refusal.text)
            return self._answer(outcome, fault, *split_reply(refusal.code, refusal.text))
        return self._answer(Outcome.ACCEPTED, Fault.NONE, *split_reply(code, text))

    def _answer(self, outcome: Outcome, fault: Fault, code: str, text: str) -> Answer:
        return Answer(outcome, code, text, self.name, fault=fault)
