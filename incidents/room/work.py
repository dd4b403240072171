"""Working in the room without leaving it: ticking the checklist, writing on the two tracks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal
from incidents.checklists import tick
from incidents.models import ChecklistItem, Finding, Incident
from incidents.room.finding import the_incident
from incidents.room.pages import seen_by
from incidents.room.room import refused_in_room
from incidents.tracks import add_finding, set_finding_state


@require_POST
@seen_by(Act.VIEW_INCIDENTS)
def room_tick(request: HttpRequest, pk: int, item_pk: int) -> HttpResponseBase:
    """Tick a point of the checklist, or take the tick back (`done` is empty)."""
    incident, item = the_incident(pk, actor_of(request)), get_object_or_404(ChecklistItem, pk=item_pk)
    is_done = request.POST.get("done", "") == "1"
    try:
        tick(incident, item, by=actor_of(request), now=clock.now(), is_done=is_done)
    except Refusal as refusal:
        return refused_in_room(request, the_incident(pk, actor_of(request)), refusal)
    return redirect(f"{_url(incident)}#item-{item.pk}")


@require_POST
@seen_by(Act.VIEW_INCIDENTS)
def room_finding(request: HttpRequest, pk: int, track: str) -> HttpResponseBase:
    """Write a finding on a track; a refused one stays in its field."""
    incident, text = the_incident(pk, actor_of(request)), request.POST.get("text", "")
    by, now = actor_of(request), clock.now()
    try:
        add_finding(incident, track, text, by=by, now=now)
    except Refusal as refusal:
        return refused_in_room(request, incident, refusal, finding_text={track: text})
    return redirect(f"{_url(incident)}#track-{track}-title")


@require_POST
@seen_by(Act.VIEW_INCIDENTS)
def room_finding_state(request: HttpRequest, pk: int, finding_pk: int) -> HttpResponseBase:
    """Say how far a finding is."""
    rows = Finding.objects.select_related("incident__incident_type__policy")
    finding = get_object_or_404(rows, pk=finding_pk, incident=the_incident(pk, actor_of(request)))
    try:
        set_finding_state(finding, request.POST.get("state", ""), by=actor_of(request), now=clock.now())
    except Refusal as refusal:
        return refused_in_room(request, the_incident(pk, actor_of(request)), refusal)
    return redirect(f"{_url(finding.incident)}#finding-{finding.pk}")


def _url(incident: Incident) -> str:
    return reverse("admin:incidents_incident_change", args=[incident.pk])
