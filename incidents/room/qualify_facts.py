"""The facts beside the decision: what is known, who would hear of it, what it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import timezone

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from customers.affected import Scope, audience
from customers.models import Service
from incidents import alike
from incidents.declared import ROLES
from incidents.knowing import known_to
from incidents.models import Alert, Incident, IncidentRole, Status, Whom
from incidents.oncall.who import find
from incidents.room.reach import number

SIMILAR = 3
NAMES = 4
LABELS = 12


def alert_facts(alert: Alert, now: datetime) -> dict[str, Any]:
    """What the alert says."""
    return {
        "title": alert.title,
        "summary": alert.description,
        "noticed_by": alert.get_noticed_by_display(),
        "source": str(alert.source) if alert.source else f"reported by {alert.reported_by_name}",
        "first_at": alert.first_seen_at,
        "ago": clock.ago(alert.first_seen_at, now),
        "last_at": alert.last_seen_at,
        "count": alert.times_seen,
        "resolved_at": alert.ended_at,
        "labels": sorted(alert.labels.items())[:LABELS],
        "link": alert.link if urlsplit(alert.link).scheme in ("http", "https") else "",
    }


def reach_facts(alert: Alert, scopes: Sequence[Scope], by: Actor) -> dict[str, Any]:
    """Who acknowledged, who would hear of the services it names, and similar incidents of the past."""
    acknowledged = ""
    if alert.acknowledged_at:
        acknowledged = f"{alert.acknowledged_by_name}, {timezone.localtime(alert.acknowledged_at):%H:%M}"
    names = Service.objects.in_bulk([scope.service_id for scope in scopes])
    services = []
    for scope in scopes:
        counts = audience([scope]).counts()
        services.append((names[scope.service_id].name, number(counts.customers), number(counts.contacts)))
    return {"acknowledged": acknowledged, "services": services, "similar": _alike(alert) or _similar(scopes, by)}


def told_of_declaration(now: datetime) -> str:
    """Whom a declaration tells to write to customers: "Dana Reyes, Sam Ortiz and 3 more"; empty for nobody."""
    calls = find(IncidentRole.objects.filter(slug__in=ROLES), now, Whom.PRIMARY)
    names = list(dict.fromkeys(str(person) for call in calls for person in call.people))
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more


def _alike(alert: Alert) -> list[dict[str, Any]]:
    """Past outages whose texts share telling words with the alert, each with the words or who confirmed it."""
    return [
        {
            "reference": past.reference,
            "title": past.title,
            "url": reverse("admin:incidents_incident_change", args=[past.incident_id]),
            "note": f"{timezone.localtime(past.started_at):%-d %b %Y}, {past.severity}",
            "pk": past.incident_id,
            "words": ", ".join(past.words),
            "confirmed_by": past.confirmed_by,
        }
        for past in alike.suggest(alert)
    ]


def _similar(scopes: Sequence[Scope], by: Actor) -> list[dict[str, Any]]:
    """Where no words are shared: the newest resolved incidents on the same services."""
    rows = Incident.objects.real().filter(
        known_to(by), status=Status.RESOLVED, affected__service__in=[scope.service_id for scope in scopes]
    )
    return [
        {
            "reference": row.reference,
            "title": row.title,
            "url": reverse("admin:incidents_incident_change", args=[row.pk]),
            "note": f"{timezone.localtime(row.started_at):%-d %b %Y}, {row.severity}",
        }
        for row in rows.distinct().order_by("-started_at")[:SIMILAR]
    ]
