"""Rows for the room's pages, or a 404."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from incidents.models import Alert, Incident


def the_incident(pk: int) -> Incident:
    """The incident with what every page of the room names. Raises Http404."""
    rows = Incident.objects.select_related("incident_type__policy", "commander", "liaison", "scribe")
    return get_object_or_404(rows, pk=pk)


def the_alert(pk: int) -> Alert:
    """The alert with its source and incident. Raises Http404."""
    return get_object_or_404(Alert.objects.select_related("source", "incident", "reported_by"), pk=pk)
