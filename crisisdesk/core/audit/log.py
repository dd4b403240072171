"""Write one act to the trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry


def record(
    action: str,
    *,
    by: Actor,
    now: datetime,
    on: Model | None = None,
    incident: str = "",
    data: Mapping[str, Any] | None = None,
    is_drill: bool = False,
) -> AuditEntry:
    """Insert one entry, inside the caller's transaction, and return it.

    `action` is a dotted name in the past tense such as "incident.declared"; `data` carries ids, counts and
    words of the process, never a customer's address or text. The sealer chains the entry within a second.
    """
    row = entry_of(action, by=by, now=now, on=on, incident=incident, data=data, is_drill=is_drill)
    row.save(force_insert=True)
    return row


def record_all(rows: Iterable[AuditEntry]) -> None:
    """Insert entries made by `entry_of` in one statement, inside the caller's transaction."""
    AuditEntry.objects.bulk_create(rows)


def entry_of(
    action: str,
    *,
    by: Actor,
    now: datetime,
    on: Model | None = None,
    incident: str = "",
    data: Mapping[str, Any] | None = None,
    is_drill: bool = False,
) -> AuditEntry:
    """The entry that `record` inserts, not yet written: for verbs that write many at once."""
    return AuditEntry(
        at=now,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        action=action,
        object_type=on._meta.label_lower if on is not None else "",
        object_id=str(on.pk) if on is not None else "",
        incident=incident,
        data=dict(data or {}),
        is_drill=is_drill,
    )
