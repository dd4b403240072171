"""The page that asks how well a contact was kept informed. GET shows it and never acts: mail scanners follow links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.private import keep_private
from crisisdesk.core.refusals import InvalidInput
from customers import links
from customers.models import Contact
from incidents.answers import LONGEST, answer
from incidents.models import Answer, Informed
from incidents.public.frame import frame, not_found
from incidents.public.progress import Told, told


# The signed token is the credential; these pages tell no referrer, for which browsers post with "Origin: null".
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def answer_page(request: HttpRequest, token: str) -> HttpResponse:
    """Three buttons and room for a comment; pressing one records it, and it can be changed on the same page."""
    now = clock.now()
    try:
        link = links.read(token, links.ANSWER, now)
    except links.BadLink:
        return keep_private(not_found(request))
    with translation.override(link.contact.language):
        found = told(link.contact, link.subject)
        if found is None or found.incident.is_drill:
            return keep_private(not_found(request))
        if found.is_open:
            return keep_private(_too_early(request))
        return keep_private(_answered(request, found, link.contact, now))


def _answered(request: HttpRequest, found: Told, contact: Contact, now: datetime) -> HttpResponse:
    context: dict[str, Any] = {"saved": False, "problem": ""}
    given = Answer.objects.filter(incident=found.incident, contact=contact).first()
    chosen, comment = request.GET.get("informed", ""), given.comment if given else ""
    status = 200
    if request.method == "POST":
        chosen, comment = request.POST.get("informed", ""), request.POST.get("comment", "")
        try:
            given = answer(contact, found.incident, chosen, comment, now=now)
            context["saved"] = True
        except InvalidInput as refusal:
            context["problem"], status = str(refusal), 400
    present = given.informed if given else ""
    context |= frame() | {
        "incident": found.incident,
        "customer_name": contact.customer.name,
        "contact_name": contact.name,
        "choices": _choices(chosen or present),
        "answer": labels()[present] if present else "",
        "comment": comment[: LONGEST * 2],
        "most": LONGEST,
    }
    return render(request, "public/answer.html", context, status=status)


def labels() -> dict[str, str]:
    """The answers in the reader's language."""
    return {
        Informed.YES: gettext("Yes, well informed"),
        Informed.PARTLY: gettext("Partly"),
        Informed.NO: gettext("No, not well"),
    }


def _choices(chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in labels().items()]


def _too_early(request: HttpRequest) -> HttpResponse:
    context = frame() | {
        "heading": gettext("We ask when it is over"),
        "text": gettext("This is still going on. Open this link again when we have told you that it is over."),
    }
    return render(request, "public/message.html", context)
