"""What customers decide behind a signed link: which messages they get. GET shows, POST acts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language_bidi, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.private import keep_private
from crisisdesk.core.refusals import InvalidInput
from customers import links, verifying
from customers.models import Contact, Preference
from customers.preferences import choose
from customers.preferences import unsubscribe as to_start_and_end


# The signed token is the credential; mail systems post without a cookie (RFC 8058 §3.1).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One-click unsubscribe: POST acts at once, without cookie, login or redirect; GET shows a page with one button."""
    now = clock.now()
    try:
        link = links.read(token, links.UNSUBSCRIBE, now)
    except links.BadLink:
        return _bad_link(request)
    with translation.override(link.contact.language):
        if request.method == "POST":
            to_start_and_end(link.contact, now=now)
            heading = gettext("You will get fewer messages")
            text = gettext("From now on we write to you only when an incident begins and when it is over.")
            return _page(request, "public/message.html", {"heading": heading, "text": text})
        return _page(request, "public/unsubscribe.html", _names(link.contact))


# As above; and these pages tell no referrer, for which browsers post the form with "Origin: null".
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """All updates, start and end only, or none; the choice counts at once."""
    now = clock.now()
    try:
        contact = links.read(token, links.PREFERENCES, now).contact
    except links.BadLink:
        return _bad_link(request)
    saved = False
    with translation.override(contact.language):
        if request.method == "POST":
            try:
                contact = choose(contact, request.POST.get("preference", ""), now=now)
            except InvalidInput as refusal:
                heading = gettext("Nothing was changed")
                return _page(request, "public/message.html", {"heading": heading, "text": str(refusal)}, status=400)
            saved = True
        context = _names(contact) | {"choices": _choices(contact), "saved": saved}
        return _page(request, "public/preferences.html", context)


# As above: the link is the credential, and opening it does nothing.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Whether the address is theirs; the answer counts for the address that the mail went to."""
    now = clock.now()
    try:
        link = links.read(token, links.CONFIRM, now)
    except links.BadLink:
        return _bad_link(request)
    row = verifying.confirmable(link)
    with translation.override(link.contact.language):
        if row is None:
            return _bad_link(request)
        if request.method == "POST" or row.confirmed_at is not None:
            if request.method == "POST":
                verifying.confirm(row, now=now)
            heading, text = gettext("Thank you"), gettext("We know now that our messages reach you.")
            return _page(request, "public/message.html", {"heading": heading, "text": text})
        return _page(request, "public/confirm.html", _names(link.contact))


def _names(contact: Contact) -> dict[str, object]:
    return {"contact_name": contact.name, "customer_name": contact.customer.name, "email": contact.email}


def _choices(contact: Contact) -> list[dict[str, object]]:
    alone = not contact.customer.contacts.reachable().exclude(pk=contact.pk).exists()
    without = gettext("We will not write to you. Others at your company still hear.")
    if alone:
        without = gettext("We will not write to you. You are the only one at your company whom we can reach.")
    texts = {
        Preference.ALL: (gettext("All updates"), gettext("Each message about an incident that affects you.")),
        Preference.START_AND_END: (gettext("Start and end only"), gettext("When it begins and when it is over.")),
        Preference.NONE: (gettext("Nothing"), without),
    }
    return [
        {"value": value, "label": label, "text": text, "chosen": contact.preference == value}
        for value, (label, text) in texts.items()
    ]


def _bad_link(request: HttpRequest) -> HttpResponse:
    heading = gettext("This link does not open a page")
    text = gettext("It is incomplete, or it has run out. The newest message we sent you has a link that works.")
    return _page(request, "public/message.html", {"heading": heading, "text": text}, status=404)


def _page(request: HttpRequest, template: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    frame = {
        "product": settings.PRODUCT_NAME,
        "vendor": settings.VENDOR_NAME,
        "language": translation.get_language(),
        "text_direction": "rtl" if get_language_bidi() else "ltr",
    }
    return keep_private(render(request, template, frame | context, status=status))
