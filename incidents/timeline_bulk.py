"""Many entries in one statement: a storm is one event with many rows, a burst of due promises one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crisisdesk.core.actors import Actor
from incidents.models import Alert, Incident, TimelineEntry


def same_entry(
    kind: TimelineEntry.Kind,
    text: str,
    *,
    alerts: Iterable[Alert],
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Insert the entry for each alert, inside the caller's transaction."""
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            alert=alert, at=now, kind=kind, text=text, actor_kind=by.kind, actor_name=by.name, data=dict(data or {})
        )
        for alert in alerts
    )


def incident_entry(
    kind: TimelineEntry.Kind,
    text: str,
    *,
    incident: Incident,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> TimelineEntry:
    """What `timeline.entry` inserts for an incident, not yet written."""
    return TimelineEntry(
        incident=incident, at=now, kind=kind, text=text, actor_kind=by.kind, actor_name=by.name, data=dict(data or {})
    )


def write_entries(entries: Iterable[TimelineEntry]) -> None:
    """Insert them, inside the caller's transaction."""
    TimelineEntry.objects.bulk_create(entries)
