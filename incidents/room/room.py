"""The incident room: one page that shows everything and refreshes itself; its verbs that need no words."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.models import User
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import Refusal, WrongState
from incidents.changes import set_status
from incidents.command import COMMAND_ROLES, take_role
from incidents.models import Incident, Status
from incidents.notes import add_note
from incidents.room.alive import desk_trouble
from incidents.room.facts import room_facts
from incidents.room.finding import the_incident
from incidents.room.fresh import room_version, stamped, unchanged
from incidents.room.pages import page, seen_by, status_of


@require_safe
@seen_by(Act.VIEW_INCIDENTS)
def room(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The room of one incident."""
    return _room(request, the_incident(pk, actor_of(request)))


@require_safe
@seen_by(Act.VIEW_INCIDENTS)
def room_live(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The parts of the room that change, for the live refresh; 304 while nothing has."""
    by, before = actor_of(request), _before(request)
    version = room_version(pk, by, before)
    if same := unchanged(request, version):
        return same
    facts = room_facts(the_incident(pk, actor_of(request)), by, clock.now(), before=before)
    facts["desk_trouble"] = desk_trouble()
    return stamped(render(request, "admin/incidents/incident/room_parts.html", facts), version)


@require_POST
@seen_by(Act.VIEW_INCIDENTS)
def room_note(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add a note to the timeline; a refused note stays in the box."""
    incident = the_incident(pk, actor_of(request))
    text = request.POST.get("text", "")
    try:
        add_note(incident, text, by=actor_of(request), now=clock.now())
    except Refusal as refusal:
        return _room(request, incident, refusal=refusal, note_text=text)
    return redirect(_url(incident) + "#timeline")


@require_POST
@seen_by(Act.VIEW_INCIDENTS)
def room_press(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """A verb without words: the next status, or taking a role."""
    incident = the_incident(pk, actor_of(request))
    by, now = actor_of(request), clock.now()
    try:
        role = next((role for role in COMMAND_ROLES if role == name), None)
        if role is not None and isinstance(request.user, User):
            if (holder := getattr(incident, role)) not in (None, request.user):
                raise WrongState(
                    f"{holder} is the {role} of {incident.reference} meanwhile. If you are to take over, say so under "
                    "“Hand over a role”; they are told."
                )
            take_role(incident, role, request.user, by=by, now=now)
            told = f"You are the {name} of {incident.reference}."
        else:
            set_status(incident, name, by=by, now=now)
            told = f"{incident.reference}: {Status(name).label}."
    except Refusal as refusal:
        return _room(request, the_incident(pk, actor_of(request)), refusal=refusal)
    messages.success(request, told)
    return redirect(_url(incident))


def refused_in_room(
    request: HttpRequest, incident: Incident, refusal: Refusal, *, finding_text: dict[str, str] | None = None
) -> HttpResponseBase:
    """The room with a refusal on top; what was typed on a track stays in its field."""
    return _room(request, incident, refusal=refusal, finding_text=finding_text)


def _room(
    request: HttpRequest,
    incident: Incident,
    *,
    refusal: Refusal | None = None,
    note_text: str = "",
    finding_text: dict[str, str] | None = None,
) -> HttpResponseBase:
    before = _before(request)
    context: dict[str, Any] = {
        **room_facts(incident, actor_of(request), clock.now(), before=before),
        "live_url": reverse("admin:room_live", args=[incident.pk]) + (f"?before={before}" if before else ""),
        "note_url": reverse("admin:room_note", args=[incident.pk]),
        "note_text": note_text,
        "finding_text": finding_text or {},
        "refusal": refusal,
        "original": incident,
    }
    return page(
        request,
        "admin/incidents/incident/room.html",
        context,
        title=f"{incident.reference} {incident.title}",
        status=status_of(refusal),
    )


def _before(request: HttpRequest) -> int:
    return whole_number(request.GET.get("before", "")) or 0


def _url(incident: Incident) -> str:
    return reverse("admin:incidents_incident_change", args=[incident.pk])
