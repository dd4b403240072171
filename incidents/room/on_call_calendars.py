"""The calendars of the page “On call”: those that are read, and the links by which one's own calendar follows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal
from incidents.models import CalendarFeed, IncidentRole, PublishedCalendar
from incidents.room.pages import refused, seen_by, status_of
from incidents.schedules.publishing import path_of, publish, revoke


def calendar_facts(by: Actor, now: datetime) -> dict[str, Any]:
    """The context of admin/incidents/on_call/calendars.html."""
    feeds = CalendarFeed.objects.filter(is_active=True).defer("body").select_related("role")
    links = PublishedCalendar.objects.filter(made_by=by.person_id, revoked_at=None, expires_at__gt=now)
    published = links.select_related("role").order_by("role__name", "pk") if settings.LINK_KEYS else []
    return {
        "feeds": list(feeds.annotate(nobody=Count("names", filter=Q(names__person=None)))),
        "published": [{"row": row, "url": f"{settings.BASE_URL}{path_of(row)}"} for row in published],
    }


@require_POST
@seen_by(Act.VIEW_SETTINGS)
def make_calendar(request: HttpRequest) -> HttpResponseBase:
    """A link to a role's calendar, or to one's own."""
    if not settings.LINK_KEYS:
        return refused(request, "Links can't be signed: whoever runs the desk sets LINK_KEYS first.", status=409)
    slug = request.POST.get("of", "")
    role = get_object_or_404(IncidentRole, slug=slug) if slug else None
    publish(role, by=actor_of(request), now=clock.now())
    messages.success(request, "The link is below, under “In your own calendar”.")
    return redirect("admin:on_call")


@require_POST
@seen_by(Act.VIEW_SETTINGS)
def revoke_calendar(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End a link at once."""
    try:
        revoke(get_object_or_404(PublishedCalendar, pk=pk), by=actor_of(request), now=clock.now())
    except Refusal as error:
        return refused(request, str(error), status=status_of(error))
    messages.success(request, "Revoked. Calendars that followed this link get nothing any more.")
    return redirect("admin:on_call")
