"""The briefings of an incident: pages that refresh themselves and print well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from incidents.models import Incident
from incidents.room.briefing_facts import executive_facts, success_facts
from incidents.room.finding import the_incident
from incidents.room.fresh import room_version, stamped, unchanged
from incidents.room.pages import page, seen_by

Facts = Callable[[Incident, Actor, datetime], dict[str, Any]]
FOLDER = "admin/incidents/incident"


@require_safe
@seen_by(Act.VIEW_CUSTOMERS)
def success(request: HttpRequest, pk: int) -> HttpResponseBase:
    """My customers affected, by tier, what to say, and who spoke to whom; `?all=1` shows everybody's."""
    every = request.GET.get("all", "") == "1"

    def facts(incident: Incident, by: Actor, now: datetime) -> dict[str, Any]:
        here = reverse("admin:briefing_success", args=[incident.pk])
        other = {"other_url": here if every else f"{here}?all=1", "may_record": may(by, Act.RECORD_CONTACT)}
        return {**success_facts(incident, by, now, every=every), **other}

    return _briefing(request, pk, "briefing_success", "Briefing for customer success", facts)


@require_safe
@seen_by(Act.VIEW_INCIDENTS)
def executives(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What, since when, who, promises, what next, decisions needed."""

    def facts(incident: Incident, _by: Actor, now: datetime) -> dict[str, Any]:
        return executive_facts(incident, now)

    return _briefing(request, pk, "briefing_executives", "Briefing for executives", facts)


def _briefing(request: HttpRequest, pk: int, name: str, title: str, facts: Facts) -> HttpResponseBase:
    """The whole page, or for the live refresh (`part=1`) its body alone; 304 while nothing has changed."""
    by = actor_of(request)
    incident = the_incident(pk, by)
    body = f"{FOLDER}/{name}.html"
    if request.GET.get("part") == "1":
        version = room_version(pk, by, name, request.GET.get("all", ""))
        if same := unchanged(request, version):
            return same
        return stamped(render(request, body, facts(incident, by, clock.now())), version)
    asked = request.GET.copy()
    asked["part"] = "1"
    context = {
        **facts(incident, by, clock.now()),
        "body": body,
        "live_url": f"{reverse(f'admin:{name}', args=[pk])}?{asked.urlencode()}",
    }
    return page(request, f"{FOLDER}/briefing.html", context, title=f"{title}, {incident.reference}")
