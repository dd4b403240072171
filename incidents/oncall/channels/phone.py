"""SMS and voice calls to staff by Twilio, with an account and numbers that customers' texts do not use."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from crisisdesk.core.transports import Envelope
from crisisdesk.core.transports.sms import TwilioConfig, TwilioTransport
from crisisdesk.core.transports.voice import TwilioCalls
from incidents.models import Attempt, ContactKind, ContactMethod
from incidents.oncall.channels.base import Channel
from incidents.oncall.short import code_words, sms_words
from incidents.oncall.spoken import code_document, page_document


def account() -> tuple[str, str]:
    """Account and token by which staff are texted and called; both "" when there is none."""
    if settings.STAFF_TWILIO_LIKE_CUSTOMERS:
        return settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN
    return settings.STAFF_TWILIO_ACCOUNT_SID, settings.STAFF_TWILIO_AUTH_TOKEN


def sms_config() -> TwilioConfig | None:
    """What texts to staff go by; None when it is not set up."""
    return _config(*_texts_from(), "staff_sms_status")


def voice_config() -> TwilioConfig | None:
    """What calls to staff go by; None when it is not set up. A call needs a number, not a messaging service."""
    return _config(_calls_from(), "", "staff_call_status")


def _texts_from() -> tuple[str, str]:
    """The number, or the messaging service, that texts come from."""
    if settings.STAFF_TWILIO_LIKE_CUSTOMERS:
        return settings.TWILIO_FROM, settings.TWILIO_MESSAGING_SERVICE_SID
    return settings.STAFF_TWILIO_FROM, settings.STAFF_TWILIO_MESSAGING_SERVICE_SID


def _calls_from() -> str:
    sender: str = settings.STAFF_TWILIO_VOICE_FROM or settings.STAFF_TWILIO_FROM
    return sender or (settings.TWILIO_FROM if settings.STAFF_TWILIO_LIKE_CUSTOMERS else "")


def _is_set_up(sender: str, service: str = "") -> bool:
    """Asked while the apps are being made ready, so it must not need the addresses of pages."""
    return all(account()) and bool(sender or service)


def _config(sender: str, service: str, status_page: str) -> TwilioConfig | None:
    if not _is_set_up(sender, service):
        return None
    sid, token = account()
    api_url = settings.TWILIO_API_URL if settings.STAFF_TWILIO_LIKE_CUSTOMERS else settings.STAFF_TWILIO_API_URL
    return TwilioConfig(
        account=sid,
        token=token,
        sender=sender,
        service=service,
        api_url=api_url,
        status_url=f"{settings.BASE_URL}{reverse(status_page)}",
    )


def _open_sms() -> TwilioTransport:
    return TwilioTransport(_need(sms_config()))


def _open_voice() -> TwilioCalls:
    return TwilioCalls(_need(voice_config()))


def _need(config: TwilioConfig | None) -> TwilioConfig:
    if config is None:
        raise ValueError("Twilio is not set up for staff.")
    return config


def compose_sms(attempt: Attempt, folded: Sequence[Attempt]) -> Envelope:
    """One text of two segments at most."""
    text = sms_words(attempt.notification, [other.notification for other in folded])
    return Envelope("", _number(attempt.method), text.encode(), "", str(attempt.pk))


def compose_call(attempt: Attempt, folded: Sequence[Attempt]) -> Envelope:
    """One call that reads it twice and waits for a key."""
    document = page_document(attempt, [other.notification for other in folded])
    return Envelope("", _number(attempt.method), document.encode(), "", str(attempt.pk))


def sms_code(method: ContactMethod, code: str) -> Envelope:
    """The text that carries a code."""
    return Envelope("", method.address, code_words(code).encode(), "", f"code-{method.pk}")


def voice_code(method: ContactMethod, code: str) -> Envelope:
    """The call that reads a code."""
    return Envelope("", method.address, code_document(code).encode(), "", f"code-{method.pk}")


def _number(method: ContactMethod | None) -> str:
    if method is None:
        raise ValueError("A telephone number needs a contact method.")
    return method.address


SMS = Channel(
    loop="notifier SMS",
    kinds=(ContactKind.SMS,),
    open=_open_sms,
    compose=compose_sms,
    code=sms_code,
    is_set_up=lambda: _is_set_up(*_texts_from()),
    slots=6,
    pauses=(3, 10),
    fold_seconds=20,
    idle_seconds=0.3,
)
VOICE = Channel(
    loop="notifier voice",
    kinds=(ContactKind.VOICE,),
    open=_open_voice,
    compose=compose_call,
    code=voice_code,
    is_set_up=lambda: _is_set_up(_calls_from()),
    slots=6,
    pauses=(3, 10),
    fold_seconds=60,
    idle_seconds=0.3,
)
