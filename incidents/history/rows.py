"""The rows of past incidents, a few statements for any number of them. Called by `importing` in its transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import models

from crisisdesk.core.actors import Actor
from customers.models import Service
from incidents.history.record import PastIncident
from incidents.history.silence import PastPromise, promises_in
from incidents.models import (
    AffectedService,
    ComponentStatus,
    Incident,
    Outcome,
    Promise,
    Status,
    TimelineEntry,
    Update,
    UpdateKind,
)
from incidents.plain import one_line, several_lines

BATCH = 500
REASON = "Imported from a history"
# The record of another system does not say which person it was.
NOBODY_KNOWN = "imported record"
Kind = TimelineEntry.Kind
Pairs = Sequence[tuple[Incident, PastIncident]]
Promises = Sequence[Sequence[tuple[PastPromise, Promise]]]


def add_incidents(past: Sequence[PastIncident], *, by: Actor, now: datetime) -> Pairs:
    """The incidents, resolved, each beside the record it came from."""
    rows = [
        Incident(
            title=one_line(record.title, 150),
            status=Status.RESOLVED,
            severity=record.severity,
            noticed_by=record.noticed_by,
            external_id=record.external_id,
            started_at=record.started_at,
            detected_at=record.started_at,
            declared_at=min(record.started_at, record.updates[0].at),
            declared_by_name=NOBODY_KNOWN,
            first_told_at=record.updates[0].at,
            resolved_at=record.resolved_at,
            resolved_by_name=NOBODY_KNOWN,
        )
        for record in past
    ]
    Incident.objects.bulk_create(rows, batch_size=BATCH)
    _remember(rows, by=by, now=now)
    return list(zip(rows, past, strict=True))


def add_affected(pairs: Pairs, services: Mapping[str, Service], *, by: Actor, now: datetime) -> None:
    """What each incident touched; two names of one service count once."""
    rows = [
        AffectedService(
            incident=incident,
            service=service,
            component_status=ComponentStatus.OPERATIONAL,
            since=record.started_at,
        )
        for incident, record in pairs
        for service in {services[name].pk: services[name] for name in record.components}.values()
    ]
    AffectedService.objects.bulk_create(rows, batch_size=BATCH)
    _remember(rows, by=by, now=now)


def add_updates(pairs: Pairs, *, by: Actor, now: datetime) -> list[list[Update]]:
    """The messages of each incident. They carry no `Message`: nobody was written to from here."""
    grouped = [list(_updates(incident, record)) for incident, record in pairs]
    rows = [row for group in grouped for row in group]
    Update.objects.bulk_create(rows, batch_size=BATCH)
    _remember(rows, by=by, now=now)
    return grouped


def _updates(incident: Incident, record: PastIncident) -> Iterator[Update]:
    due = {promise.made_by: promise.due_at for promise in promises_in(record)}
    for place, update in enumerate(record.updates):
        yield Update(
            incident=incident,
            number=place + 1,
            kind=update.kind,
            status=update.status,
            subject=incident.title,
            body=several_lines(update.text, len(update.text)),
            next_update_at=due.get(place),
            sent_at=update.at,
            sent_by_name=NOBODY_KNOWN,
            key=f"import:{record.external_id}:{place + 1}",
        )


def add_promises(pairs: Pairs, updates: Sequence[Sequence[Update]]) -> Promises:
    """The promises that the messages made, all of them closed."""
    grouped = [
        [(promise, _promise(incident, promise, mine)) for promise in promises_in(record)]
        for (incident, record), mine in zip(pairs, updates, strict=True)
    ]
    Promise.objects.bulk_create([row for group in grouped for _, row in group], batch_size=BATCH)
    return grouped


def _promise(incident: Incident, promise: PastPromise, updates: Sequence[Update]) -> Promise:
    row = Promise(
        incident=incident,
        made_by=updates[promise.made_by],
        made_at=promise.made_at,
        due_at=promise.due_at,
        closed_at=promise.closed_at,
        closed_by=updates[promise.closed_by] if promise.closed_by is not None else None,
        outcome=Outcome.KEPT if promise.is_kept else Outcome.RELEASED,
    )
    if promise.late:
        row.outcome, row.missed_at = Outcome.MISSED, promise.due_at
        row.late_seconds = round(promise.late.total_seconds())
    return row


def add_timeline(pairs: Pairs, updates: Sequence[Sequence[Update]], promises: Promises, *, by: Actor) -> None:
    """What happened, at the time it happened."""
    rows = [
        entry
        for (incident, _), mine, made in zip(pairs, updates, promises, strict=True)
        for entry in _entries(incident, mine, made, by)
    ]
    TimelineEntry.objects.bulk_create(sorted(rows, key=lambda row: row.at), batch_size=BATCH)


def _entries(
    incident: Incident, updates: Sequence[Update], promises: Sequence[tuple[PastPromise, Promise]], by: Actor
) -> Iterator[TimelineEntry]:
    def entry(at: datetime, kind: TimelineEntry.Kind, text: str, data: Mapping[str, Any]) -> TimelineEntry:
        return TimelineEntry(
            incident=incident, at=at, kind=kind, text=text, actor_kind=by.kind, actor_name=by.name, data=dict(data)
        )

    yield entry(incident.declared_at, Kind.DECISION, f"Declared {incident.severity}: {incident.title}", {})
    for update in updates:
        text = f"{UpdateKind(update.kind).label.capitalize()} published: {update.subject}"
        yield entry(update.sent_at, Kind.MESSAGE, text, {"update": update.pk, "number": update.number})
    for _, promise in promises:
        if promise.outcome == Outcome.MISSED:
            text = f"Promise missed: the update promised for {promise.due_at:%H:%M:%S} UTC was not sent."
            yield entry(promise.due_at, Kind.PROMISE, text, {"promise": promise.pk})
    if incident.resolved_at is not None and not any(update.kind == UpdateKind.FINAL for update in updates):
        yield entry(incident.resolved_at, Kind.DECISION, "Resolved, without a final message in the record", {})


def _remember(rows: Sequence[Incident | AffectedService | Update], *, by: Actor, now: datetime) -> None:
    """The history rows "created" that saving one by one would have left."""
    if not rows:
        return
    manager: models.Manager[models.Model] = type(rows[0]).history
    every = iter(rows)
    while batch := list(islice(every, BATCH)):
        manager.bulk_history_create(  # type: ignore[attr-defined]
            batch,
            batch_size=BATCH,
            default_change_reason=REASON,
            default_date=now,
            custom_historical_attrs={"history_actor": by.name},
        )
