"""Writing and reading the record of an incident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from crisisdesk.core.actors import Actor
from incidents.models import Alert, Incident, TimelineEntry

Kind = TimelineEntry.Kind


def entry(
    kind: Kind,
    text: str,
    *,
    incident: Incident | None = None,
    alert: Alert | None = None,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> TimelineEntry:
    """Insert one entry inside the caller's transaction. At least one of `incident` and `alert` is given."""
    return TimelineEntry.objects.create(
        incident=incident,
        alert=alert,
        at=now,
        kind=kind,
        text=text,
        actor_kind=by.kind,
        actor_name=by.name,
        data=dict(data or {}),
    )


def entries_of(incident: Incident) -> QuerySet[TimelineEntry]:
    """The incident's entries, those of its alerts, and those of what was merged into it, newest first."""
    # Reads by index. One condition with "or" over both tables would walk through the entries of all incidents.
    own = TimelineEntry.objects.filter(incident=incident).values("pk")
    of_alerts = TimelineEntry.objects.filter(alert__incident=incident).values("pk")
    several = [of_alerts]
    if incident.joined_at is not None:
        several.append(TimelineEntry.objects.filter(incident__merged_into=incident).values("pk"))
    return TimelineEntry.objects.filter(pk__in=own.union(*several)).order_by("-at", "-id")
