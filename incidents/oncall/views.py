"""The page behind the link of a page: one button. GET never acknowledges, mail scanners follow links."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.private import keep_private
from crisisdesk.core.refusals import NotAllowed
from crisisdesk.core.signed import BadToken
from incidents.models import Alert, AlertState, Notification
from incidents.oncall.acknowledging import acknowledge_shown, refusal_for
from incidents.oncall.answering import BY_LINK, answer
from incidents.oncall.bursts import unanswered
from incidents.oncall.links import AcknowledgeLink, read_link, read_short
from incidents.oncall.over import is_over
from incidents.oncall.short import bridge_of, headline_of

SHOWN = 50


# The signed link is the proof, not a cookie, so there is nothing for another site to forge; and it works in the
# cookieless browsers of mail programs.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show what the alert says and who has answered; POST answers for the person of the link, without a login."""
    now = clock.now()
    try:
        link = read_link(token, now=now)
    except BadToken:
        return keep_private(_bad_link(request))
    return _answer_page(request, link, now)


# As above.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def told_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """The same behind the short link of a text: for a page its alerts, for all else the words and one button."""
    now = clock.now()
    try:
        row = read_short(token, now=now)
    except BadToken:
        return keep_private(_bad_link(request))
    if row.alert is not None and row.purpose == Notification.Purpose.PAGE:
        return _answer_page(request, AcknowledgeLink(row.person, row.alert), now)
    if request.method == "POST":
        answer([row], way=BY_LINK, until=now, now=now)
        return keep_private(redirect("told", token=token))
    context = {
        "product": settings.PRODUCT_NAME,
        "vendor": settings.VENDOR_NAME,
        "note": row,
        "headline": headline_of(row),
        "bridge": bridge_of(row),
        "is_over": is_over(row),
        "now": now,
    }
    with timezone.override(ZoneInfo(row.person.time_zone)):
        return keep_private(render(request, "oncall/told.html", context))


def _answer_page(request: HttpRequest, link: AcknowledgeLink, now: datetime) -> HttpResponseBase:
    refusal, status = "", 200
    if request.method == "POST":
        try:
            if acknowledge_shown(_up_to(link, request), by=Actor.person(link.person), now=now, way=BY_LINK):
                return keep_private(redirect(request.path))
            link.alert.refresh_from_db()
            refusal, status = refusal_for(link.alert), 409
        except NotAllowed as error:
            refusal, status = str(error), 403
    with timezone.override(ZoneInfo(link.person.time_zone)):
        return keep_private(render(request, "oncall/acknowledge.html", _context(link, now, refusal), status=status))


def _up_to(link: AcknowledgeLink, request: HttpRequest) -> list[Alert]:
    """The alerts that the page showed: what came after it was opened is not answered with it."""
    newest = whole_number(request.POST.get("up_to", ""))
    if newest is None:
        newest = link.alert.pk
    return [alert for alert in _shown(link.alert) if alert.pk <= newest]


def _shown(alert: Alert) -> list[Alert]:
    return list(unanswered(alert))


def _context(link: AcknowledgeLink, now: datetime, refusal: str) -> dict[str, object]:
    alert, person = link.alert, link.person
    console_url, console_label = _console(alert, person)
    waiting = _shown(alert)
    others = [other for other in waiting if other.pk != alert.pk]
    told = Notification.objects.filter(person=person, alert=alert).select_related("role").first()
    return {
        "product": settings.PRODUCT_NAME,
        "vendor": settings.VENDOR_NAME,
        "person_name": str(person),
        "role": told.role_name if told else "",
        "is_drill": False,
        "now": now,
        "alert": {
            "title": alert.title,
            "description": alert.description,
            "noticed_by": _noticed_by(alert),
            "since": alert.first_seen_at,
            "ago": clock.ago(alert.first_seen_at, now),
            "times_seen": alert.times_seen,
        },
        "others": others[:SHOWN],
        "more": max(0, len(others) - SHOWN),
        "waiting": len(waiting),
        "up_to": max((other.pk for other in waiting), default=alert.pk),
        "acknowledged": _answered(alert),
        "refusal": refusal,
        "console_url": console_url,
        "console_label": console_label,
    }


def _noticed_by(alert: Alert) -> str:
    if alert.source is not None:
        return f"monitoring ({alert.source})"
    return f"{alert.get_noticed_by_display()}, reported by {alert.reported_by_name}"


def _answered(alert: Alert) -> dict[str, object] | None:
    if alert.state == AlertState.OPEN:
        return None
    return {"by": alert.acknowledged_by_name, "at": alert.acknowledged_at}


def _console(alert: Alert, person: User) -> tuple[str, str]:
    if alert.incident_id:
        return reverse("admin:incidents_incident_change", args=[alert.incident_id]), "Open the incident room"
    if alert.is_unqualified and may(Actor.person(person), Act.QUALIFY):
        return reverse("admin:qualify", args=[alert.pk]), "Look closer and decide what it is"
    return reverse("admin:index"), "Open the console"


def _bad_link(request: HttpRequest) -> HttpResponse:
    context = {
        "product": settings.PRODUCT_NAME,
        "vendor": settings.VENDOR_NAME,
        "heading": "This link does not open an alert",
        "text": "It is incomplete, it has run out, or it was made for somebody who has left. "
        "Sign in to the console to see what is open.",
        "link": reverse("admin:index"),
        "link_label": "Open the console",
    }
    return render(request, "public/message.html", context, status=404)
