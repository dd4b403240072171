"""An incident as headings, cards and clocks name it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from incidents.models import Incident, PolicyStep, Promise, PromisePolicy, Status
from incidents.room.countdown import Countdown, countdown


def head_of(incident: Incident) -> dict[str, Any]:
    """An incident as headings and cards name it."""
    return {
        "reference": incident.reference,
        "title": incident.title,
        "url": reverse("admin:incidents_incident_change", args=[incident.pk]),
        "severity": incident.severity,
        "status": incident.status,
        "status_label": incident.get_status_display(),
        "is_drill": incident.is_drill,
        "is_brief": incident.is_brief,
        "is_confidential": incident.is_confidential,
    }


def clock_of(incident: Incident, now: datetime) -> Countdown | None:
    """The clock of the open promise, None when nothing is promised."""
    return clock_at(incident, Promise.objects.open().filter(incident=incident).first(), now)


def clock_at(incident: Incident, promise: Promise | None, now: datetime) -> Countdown | None:
    """The clock of this promise, None without one."""
    if promise is None:
        return None
    return countdown(promise, _steps(incident), now)


def quiet_words(incident: Incident) -> str:
    """What stands in the clock's place when nothing is promised."""
    if not incident.is_open:
        when = timezone.localtime(incident.resolved_at) if incident.resolved_at else None
        if when is None:
            return "Over"
        year = "" if when.year == timezone.localdate().year else f" {when.year}"
        return f"Over since {when:%-d %b}{year}, {when:%H:%M %Z}"
    return "No update promised" if incident.first_told_at else "Customers know nothing yet"


def status_steps(incident: Incident) -> list[dict[str, str]]:
    """The four standard words, up to where the incident is."""
    order = list(Status)
    here = order.index(Status(incident.status))
    return [
        {"label": str(status.label), "state": "done" if at < here else "current" if at == here else "ahead"}
        for at, status in enumerate(order)
    ]


def _steps(incident: Incident) -> list[PolicyStep]:
    """What the clock needs of the policy's steps: one read. Which policy holds: see `Incident.policy_from`."""
    policy = incident.incident_type.policy if incident.incident_type else None
    of = Q(pk=policy.pk) if policy else Q(severity__in=["", incident.severity])
    rows = PromisePolicy.objects.filter(of).order_by("severity", "pk")
    steps: Any = rows.values_list("severity", "steps__offset_seconds", "steps__action")
    found: dict[str, list[PolicyStep]] = defaultdict(list)
    for severity, offset, action in steps:
        # A policy without steps comes once, with none.
        found[severity] += [PolicyStep(offset_seconds=offset, action=action)] if action else []
    return found[max(found)] if found else []
