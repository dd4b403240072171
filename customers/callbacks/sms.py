"""What Twilio calls: the status of a text, and what a reader answered. Both carry Twilio's signature."""

from __future__ import annotations

from email.utils import parseaddr
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext

from crisisdesk.core import clock
from crisisdesk.core.transports import Fault
from crisisdesk.core.transports.twilio_signed import signed_by
from customers.delivery.events import record_event
from customers.delivery.reports import Kind, Report
from customers.delivery.stop_words import Wish, take_answer
from customers.models import Channel, Contact

PROVIDER = "Twilio"
_KINDS = {
    "sent": Kind.SENT,
    "delivered": Kind.DELIVERED,
    "read": Kind.DELIVERED,
    "undelivered": Kind.BOUNCED,
    "failed": Kind.FAILED,
}
# https://www.twilio.com/docs/api/errors: the number does not exist, or is a landline.
_NO_SUCH_NUMBER = frozenset({"21211", "21614", "30005", "30006"})
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
_HELP = '<?xml version="1.0" encoding="UTF-8"?><Response><Message>{text}</Message></Response>'


def _account() -> tuple[str, str]:
    return settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN


# Lets through only what customers' account has signed.
signed = signed_by(_account)


@signed
def status(request: HttpRequest) -> HttpResponse:
    """What became of a text: at most one report of each status, in any order."""
    said, sid = request.POST.get("MessageStatus", ""), request.POST.get("MessageSid", "")[:64]
    kind = _KINDS.get(said)
    reference = request.GET.get("delivery", "")
    if kind is None or not sid:
        return HttpResponse(status=204)
    code = request.POST.get("ErrorCode", "")[:24]
    now = clock.now()
    report = Report(
        provider=PROVIDER,
        key=f"{sid} {said}",
        kind=kind,
        channel=Channel.SMS,
        occurred_at=now,
        delivery_id=int(reference) if reference.isascii() and reference.isdigit() and len(reference) < 19 else None,
        provider_id=sid,
        recipient=request.POST.get("To", ""),
        code=code,
        text=f"{said}, see error {code} at twilio.com/docs/api/errors" if code else said,
        fault=Fault.ADDRESS if code in _NO_SUCH_NUMBER else Fault.NONE,
    )
    record_event(report, now=now)
    return HttpResponse(status=204)


@signed
def answer(request: HttpRequest) -> HttpResponse:
    """A text that somebody sent to our number: STOP and START count, the rest is for the provider's console.

    `OptOutType` is Twilio's own reading of the words, in the languages of its advanced opt-out.
    """
    number, said = request.POST.get("From", ""), request.POST.get("Body", "")
    wish = {"STOP": Wish.STOP, "START": Wish.START}.get(request.POST.get("OptOutType", ""))
    understood = take_answer(number, said, now=clock.now(), wish=wish)
    if understood is Wish.HELP and not request.POST.get("OptOutType"):
        return HttpResponse(_HELP.format(text=escape(_help_for(number))), content_type="text/xml")
    # No answer of ours: Twilio confirms STOP and START itself, and HELP too where its advanced opt-out is on.
    return HttpResponse(_EMPTY, content_type="text/xml")


def _help_for(number: str) -> str:
    """What whoever asks for help reads, in the language of the contact with the number."""
    language = Contact.objects.filter(phone=number).exclude(phone="").values_list("language", flat=True).first()
    with translation.override(language or settings.LANGUAGE_CODE):
        text = gettext("%(vendor)s: texts about outages that affect you. STOP ends texts, START begins them again.")
        told = text % {"vendor": settings.VENDOR_NAME}
    return f"{told} {parseaddr(settings.REPLY_TO)[1]}".strip()
