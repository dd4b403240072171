"""Severity, status and the like in a list, as the command centre and the rooms show them."""

from __future__ import annotations

from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from incidents.models import Alert, AlertState, Incident


def severity(incident: Incident) -> SafeString:
    """SEV1 to SEV4 with its bars; without its colour where it is over."""
    return _drawn("severity", {"severity": incident.severity, "size": "" if incident.is_open else "past"})


def status(incident: Incident) -> SafeString:
    """One of the four standard words."""
    facts = {"status": incident.status, "label": incident.get_status_display()}
    return _drawn("status", facts)


# State -> (tone, icon, words): what calls for somebody stands out.
_STATES = {
    AlertState.OPEN: ("badge--red", "bell", "Not acknowledged"),
    AlertState.ACKNOWLEDGED: ("badge--amber", "question", "To qualify"),
    AlertState.DECLARED: ("", "flag", "Declared"),
    AlertState.DECLINED: ("", "cross", "Declined"),
    AlertState.BRIEF: ("", "clock", "Too brief to alert"),
}


def alert_state(alert: Alert) -> SafeString:
    """How far the desk is with an alert."""
    tone, icon, words = _STATES[AlertState(alert.state)]
    return _drawn("badge", {"tone": tone, "icon": icon, "words": words})


def room(incident: Incident) -> SafeString:
    """The way to an incident's room, by its reference."""
    url = reverse("admin:incidents_incident_change", args=[incident.pk])
    return format_html('<a href="{}" title="{}">{}</a>', url, incident.title, incident.reference)


def _drawn(part: str, facts: dict[str, str]) -> SafeString:
    return mark_safe(get_template(f"parts/{part}.html").render(facts).strip())  # noqa: S308 - a template's own output
