"""Rows for the room's pages, or a 404."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from incidents.models import Alert, Incident
from incidents.room.told import page_of


def the_incident(pk: int) -> Incident:
    """The incident with what every page of the room names. Raises Http404."""
    rows = Incident.objects.select_related("incident_type__policy", "commander", "liaison", "scribe")
    return get_object_or_404(rows, pk=pk)


def the_alert(pk: int) -> Alert:
    """The alert with its source and incident, annotated `page` (`told.page_of`). Raises Http404."""
    rows = Alert.objects.select_related("source", "incident", "reported_by").annotate(page=page_of())
    return get_object_or_404(rows, pk=pk)
