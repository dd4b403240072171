"""The calendar of who is on call, for calendar programs: no cookie, no login, a signed link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.private import keep_private
from crisisdesk.core.signed import BadToken
from incidents.schedules.publishing import calendar_of, serve


@require_safe
def on_call_calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar behind a link; 304 when the reader has it, 404 when the link opens nothing (any more)."""
    now = clock.now()
    try:
        row = calendar_of(token, now=now)
    except BadToken:
        text = (
            "This link opens no calendar: it was revoked, has run out or is incomplete. Make a new one under On call.\n"
        )
        return keep_private(HttpResponse(text, status=404, content_type="text/plain; charset=utf-8"))
    served = serve(row, now=now)
    if served.tag in {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(served.body, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="on-call.ics"'
    keep_private(response)
    # A calendar program may keep what it has, and asks each time whether it still holds.
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = served.tag
    return response
