"""The same entry for many alerts, in one statement: a storm is one event with many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crisisdesk.core.actors import Actor
from incidents.models import Alert, TimelineEntry


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
