"""Telephone calls by Twilio's library: one TwiML document, one number, one answer. Never repeated by itself."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException

from crisisdesk.core.transports.answers import Answer, Fault, Outcome
from crisisdesk.core.transports.envelope import WITHHELD, Envelope, always
from crisisdesk.core.transports.sms import TwilioConfig, judge

TIMEOUT_SECONDS = 15.0
RING_SECONDS = 30
# https://www.twilio.com/docs/api/errors: what a call can be refused for beside what a text can.
_BY_CODE = {
    21205: (Outcome.BROKEN, Fault.POLICY),  # the address for the callbacks is not usable
    21210: (Outcome.BROKEN, Fault.POLICY),  # our number is not verified
    21212: (Outcome.BROKEN, Fault.POLICY),  # our number is not one
    21213: (Outcome.BROKEN, Fault.POLICY),  # our number is missing
    21215: (Outcome.REJECTED, Fault.OTHER),  # this country is not switched on for the account
    21216: (Outcome.REJECTED, Fault.OTHER),  # the account may not call this number
    21217: (Outcome.REJECTED, Fault.ADDRESS),  # not a telephone number
}


class TwilioCalls:
    """Twilio's calls API. The document travels with the request, so a call can be read even if nobody answers here."""

    repeats_safely = False

    def __init__(self, config: TwilioConfig) -> None:
        self.name = "twilio voice"
        self._config = config
        self._client = config.client(TIMEOUT_SECONDS)

    def __enter__(self) -> TwilioCalls:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is kept open."""

    def send(self, envelope: Envelope, *, may_send: Callable[[], bool] = always) -> Answer:
        """Start one call; `envelope.content` is its TwiML in UTF-8. What comes of it is told to `status_url`."""
        if not may_send():
            return Answer(Outcome.DEFERRED, WITHHELD, "", self.name)
        told: dict[str, object] = {}
        if self._config.status_url:
            status_url = f"{self._config.status_url}?delivery={envelope.reference}"
            # Who picked up is found out while the text is read already: nobody waits in silence.
            told = {
                "status_callback": status_url,
                "status_callback_event": ["completed"],
                "machine_detection": "Enable",
                "async_amd": "true",
                "async_amd_status_callback": status_url,
            }
        try:
            taken = self._client.calls.create(
                to=envelope.recipient,
                from_=self._config.sender,
                twiml=envelope.content.decode(),
                timeout=RING_SECONDS,
                **told,
            )
        except (TwilioException, requests.RequestException) as error:
            outcome, fault, code, text = _judge(error)
            return Answer(outcome, code, text.replace(envelope.recipient, "the number"), self.name, fault=fault)
        return Answer(Outcome.ACCEPTED, "", "", self.name, str(taken.sid or ""))


def _judge(error: Exception) -> tuple[Outcome, Fault, str, str]:
    outcome, fault, code, text = judge(error)
    if isinstance(error, TwilioRestException) and error.code in _BY_CODE:
        outcome, fault = _BY_CODE[error.code]
    return outcome, fault, code, text
