"""Rows for the room's pages, or a 404."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from crisisdesk.core.actors import Actor
from incidents.knowing import known_to, knows
from incidents.models import Alert, Incident
from incidents.room.told import page_of


def the_incident(pk: int, by: Actor) -> Incident:
    """The incident with what every page of the room names. Raises Http404, also for a secret of others."""
    rows = Incident.objects.select_related(
        "incident_type__policy", "commander", "liaison", "scribe", "merged_into", "split_from"
    )
    incident = get_object_or_404(rows, pk=pk)
    if not knows(by, incident):
        raise Http404
    return incident


def the_alert(pk: int, by: Actor) -> Alert:
    """The alert with its source and incident, annotated `page` (`told.page_of`). Raises Http404, as `the_incident`."""
    rows = Alert.objects.select_related("source", "incident", "reported_by").annotate(page=page_of())
    return get_object_or_404(rows.filter(known_to(by, "incident__")), pk=pk)
