"""SMS by Twilio's library: one text, one number, one answer. An unknown outcome is never repeated."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from crisisdesk.core.transports.answers import Answer, Fault, Outcome
from crisisdesk.core.transports.envelope import WITHHELD, Envelope, always

NAME = "twilio"
CONNECTIONS = 4
TIMEOUT_SECONDS = 20.0

# The library writes numbers and texts into its log below this.
_log = logging.getLogger("twilio.http_client")
_log.setLevel(logging.WARNING)

# https://www.twilio.com/docs/api/errors: those that say more than their HTTP status.
_BY_CODE = {
    21211: (Outcome.REJECTED, Fault.ADDRESS),  # not a telephone number
    21214: (Outcome.REJECTED, Fault.ADDRESS),  # cannot be reached
    21614: (Outcome.REJECTED, Fault.ADDRESS),  # not a mobile number
    21610: (Outcome.REJECTED, Fault.MAILBOX),  # answered STOP
    21408: (Outcome.REJECTED, Fault.OTHER),  # this country is not switched on for the account
    21612: (Outcome.REJECTED, Fault.OTHER),  # no route from our number to this one
    21617: (Outcome.REJECTED, Fault.CONTENT),  # too long
    21602: (Outcome.REJECTED, Fault.CONTENT),  # empty
    21603: (Outcome.BROKEN, Fault.POLICY),  # our number is missing
    21606: (Outcome.BROKEN, Fault.POLICY),  # our number cannot send
    21659: (Outcome.BROKEN, Fault.POLICY),  # our number is not of this account
    21703: (Outcome.BROKEN, Fault.POLICY),  # the messaging service has no numbers
    20003: (Outcome.BROKEN, Fault.AUTHENTICATION),
    20429: (Outcome.DEFERRED, Fault.THROTTLE),
    21611: (Outcome.DEFERRED, Fault.THROTTLE),  # the queue of our number is full
}
_NOT_TAKEN = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True, slots=True)
class TwilioConfig:
    """An account and what it sends from: a messaging service, or a number in E.164. Holds secrets; not shown."""

    account: str
    token: str = field(repr=False)
    sender: str = ""
    service: str = ""
    api_url: str = ""
    status_url: str = ""
    name: str = NAME
    connections: int = CONNECTIONS

    def open(self) -> TwilioTransport:
        """A transport for one thread; connects at the first text."""
        return TwilioTransport(self)

    def client(self, timeout: float) -> Client:
        """Twilio's own, with a new connection for each request; `timeout` in seconds."""
        http = TwilioHttpClient(pool_connections=False, timeout=timeout)
        client = Client(self.account, self.token, http_client=http)
        if self.api_url:
            client.api.base_url = self.api_url
        return client


def sms_config_from_settings(status_url: str = "") -> TwilioConfig | None:
    """The TWILIO settings; None when SMS is not set up. `status_url` is called with what becomes of each text."""
    sender, service = settings.TWILIO_FROM, settings.TWILIO_MESSAGING_SERVICE_SID
    if not (settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN and (sender or service)):
        return None
    return TwilioConfig(
        account=settings.TWILIO_ACCOUNT_SID,
        token=settings.TWILIO_AUTH_TOKEN,
        sender=sender,
        service=service,
        api_url=settings.TWILIO_API_URL,
        status_url=status_url,
    )


class TwilioTransport:
    """Twilio's messages API. Each text has a connection of its own: one kept open may be lost without a trace."""

    repeats_safely = False

    def __init__(self, config: TwilioConfig) -> None:
        self.name = config.name
        self._config = config
        self._client = config.client(TIMEOUT_SECONDS)

    def __enter__(self) -> TwilioTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is kept open."""

    def send(self, envelope: Envelope, *, may_send: Callable[[], bool] = always) -> Answer:
        """Hand one text over; `envelope.content` is its UTF-8."""
        if not may_send():
            return Answer(Outcome.DEFERRED, WITHHELD, "", self.name)
        origin = {"messaging_service_sid": self._config.service} if self._config.service else {}
        if not origin:
            origin = {"from_": self._config.sender}
        if self._config.status_url:
            origin["status_callback"] = f"{self._config.status_url}?delivery={envelope.reference}"
        try:
            taken = self._client.messages.create(to=envelope.recipient, body=envelope.content.decode(), **origin)
        except (TwilioException, requests.RequestException) as error:
            outcome, fault, code, text = judge(error)
            return Answer(outcome, code, text.replace(envelope.recipient, "the number"), self.name, fault=fault)
        provider_id, code = str(taken.sid or ""), str(taken.error_code or "")
        if str(taken.status) in _NOT_TAKEN:
            text = str(taken.error_message or "")
            return Answer(Outcome.REJECTED, code, text, self.name, provider_id, Fault.OTHER)
        return Answer(Outcome.ACCEPTED, "", "", self.name, provider_id)


def judge(error: Exception) -> tuple[Outcome, Fault, str, str]:
    """(outcome, fault, code, text) of what the library raised."""
    if isinstance(error, TwilioRestException):
        return _judge_answer(error)
    if isinstance(error, requests.exceptions.SSLError):
        return Outcome.BROKEN, Fault.TLS, "", "The provider's certificate is not valid."
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.ConnectTimeout) or isinstance(getattr(cause, "reason", None), NewConnectionError):
        return Outcome.BROKEN, Fault.CONNECTION, "", "No connection to the provider."
    if isinstance(error, requests.RequestException):
        return Outcome.UNKNOWN, Fault.CONNECTION, "", "The connection was lost before the provider answered."
    return Outcome.UNKNOWN, Fault.OTHER, "", f"The provider's answer is not readable ({type(error).__name__})."


def _judge_answer(error: TwilioRestException) -> tuple[Outcome, Fault, str, str]:
    text = str(error.msg).replace("Unable to create record: ", "")[:250]
    if error.code in _BY_CODE:
        return (*_BY_CODE[error.code], str(error.code), text)
    code = f"HTTP {error.status}"
    if error.status in (401, 403):
        return Outcome.BROKEN, Fault.AUTHENTICATION, code, text
    if error.status in (402, 404, 410):
        return Outcome.BROKEN, Fault.POLICY, code, text
    if error.status in (429, 503):
        return Outcome.DEFERRED, Fault.THROTTLE, code, text
    if 400 <= error.status < 500:
        return Outcome.REJECTED, Fault.OTHER, str(error.code or code), text
    return Outcome.UNKNOWN, Fault.CONNECTION, code, "The provider failed while it had the text."
