"""What Twilio calls about staff: what became of a text or a call, a key pressed, a text answered.

Each carries the signature of staff's account. Repeats change nothing, and the order does not matter.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from twilio.twiml.messaging_response import MessagingResponse

from crisisdesk.core import clock
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import NotAllowed
from crisisdesk.core.transports.twilio_signed import signed_by
from customers.callbacks.sms import answer as customers_answer
from incidents.models import Attempt, ContactKind
from incidents.oncall import answering, outcome, spoken
from incidents.oncall.channels import phone
from incidents.oncall.claiming import followers_of
from incidents.oncall.links import WITH

# https://www.twilio.com/docs/voice/api/call-resource#call-status-values: how a call can end.
_NOT_REACHED = {
    "busy": "the line was busy",
    "no-answer": "nobody picked up",
    "failed": "the number could not be called",
    "canceled": "the call was given up",
}
# https://www.twilio.com/docs/voice/answering-machine-detection
_MACHINES = frozenset({"machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax"})

logger = logging.getLogger(__name__)
# Lets through only what staff's account has signed.
signed = signed_by(phone.account)


@signed
def sms_status(request: HttpRequest) -> HttpResponse:
    """What became of a text."""
    attempt = _attempt(request, ContactKind.SMS)
    said, code = request.POST.get("MessageStatus", ""), request.POST.get("ErrorCode", "")[:10]
    if attempt is not None and said in ("delivered", "read"):
        outcome.arrived(attempt, now=clock.now())
    elif attempt is not None and said in ("undelivered", "failed"):
        why = f"{said}, see error {code} at twilio.com/docs/api/errors" if code.isdigit() else said
        outcome.did_not_arrive(attempt, why, now=clock.now())
    return HttpResponse(status=204)


@signed
def call_status(request: HttpRequest) -> HttpResponse:
    """How a call ended, or who picked up: an answering machine is nobody."""
    attempt = _attempt(request, ContactKind.VOICE)
    said, who = request.POST.get("CallStatus", ""), request.POST.get("AnsweredBy", "")
    if attempt is None:
        return HttpResponse(status=204)
    if who in _MACHINES:
        # "Completed" may have come before; a key that was pressed was pressed by somebody.
        spoke_to_nobody = attempt.notification.acknowledged_way != answering.BY_KEY
        why = "an answering machine picked up"
        outcome.did_not_arrive(attempt, why, now=clock.now(), after_delivery=spoke_to_nobody)
    elif said in _NOT_REACHED:
        outcome.did_not_arrive(attempt, _NOT_REACHED[said], now=clock.now())
    elif said == "completed":
        outcome.arrived(attempt, now=clock.now(), after_failure=False)
    return HttpResponse(status=204)


@signed
def call_key(request: HttpRequest) -> HttpResponse:
    """A key was pressed: 1 acknowledges, any other reads it again."""
    attempt = _attempt(request, ContactKind.VOICE)
    if attempt is None:
        return _document(spoken.said("over"))
    now = clock.now()
    if request.POST.get("Digits", "") != spoken.KEY:
        return _document(spoken.page_document(attempt, [row.notification for row in followers_of(attempt)]))
    outcome.arrived(attempt, now=now)
    try:
        told = answering.told_by(attempt)
        done = answering.answer(told, way=answering.BY_KEY, until=attempt.claimed_at or now, now=now)
    except NotAllowed:
        return _document(spoken.said("refused"))
    return _document(spoken.said("thanks" if done else "over"))


@signed
def sms_answer(request: HttpRequest) -> HttpResponse:
    """A text to staff's number: "OK" and "ACK 4711" answer pages.

    Where staff and customers share a number, what is no answer is customers': STOP and START count there.
    """
    number, said = request.POST.get("From", ""), request.POST.get("Body", "")
    try:
        words: str | None = answering.answer_by_sms(number, said, now=clock.now())
    except NotAllowed as refusal:
        words = str(refusal)
    if words is None and settings.STAFF_TWILIO_LIKE_CUSTOMERS:
        return customers_answer(request)
    answered = MessagingResponse()
    if words is not None:
        answered.message(words)
    return _document(str(answered))


def _attempt(request: HttpRequest, kind: str) -> Attempt | None:
    """The attempt that the address names, when the provider's own number for it does not say otherwise."""
    pk = whole_number(request.GET.get("delivery", ""))
    given = request.POST.get("MessageSid" if kind == ContactKind.SMS else "CallSid", "")
    if pk is None:
        return None
    rows = Attempt.objects.filter(pk=pk, kind=kind).select_related(
        "method", *(f"notification__{name}" for name in WITH)
    )
    row = rows.first()
    # Before the answer to our request is written down, the number is not known.
    return row if row is not None and row.provider_id in ("", given) else None


def _document(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/xml")
