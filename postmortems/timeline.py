"""What happened, compiled from the record: alerts, decisions, field history, messages, promises, notifications, notes.

The desk's own entries come first. A row of another table adds to them only when no entry was written at its very
moment, so that nothing stands there twice and nothing that happened is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Q

from crisisdesk.core.together import Together
from incidents.models import Alert, Incident, Notification, Outcome, Promise, Severity, Status, TimelineEntry, Update
from incidents.timeline import entries_of
from postmortems.clock_words import in_zone
from postmortems.models import AddedMoment, HiddenMoment, Postmortem
from postmortems.prefill import counted, span

Kind = TimelineEntry.Kind
BEGAN = "The outage began"
# Keys of notifications about what follows an outage: its report, and what was promised in it.
AFTERWARDS = ("postmortem:", "action:")
# Fields of the incident whose history belongs into the story, with the words for them.
FOLLOWED = {"status": "Status", "severity": "Severity", "title": "Title"}
# What is told of a promise, and of a moment that was hidden.
_PROMISE = ("due_at", "outcome", "closed_at", "is_automatic", "missed_at", "late_seconds")
_HIDDEN = ("postmortem_id", "key", "moment_at", "text", "reason", "is_hidden", "at", "by_name")


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `family` says how it is drawn: message, promise, missed, green, note, added or event.

    `key` names the row it comes from ("entry:12"); "" for what the incident's own columns say.
    """

    at: datetime
    kind: str
    text: str
    who: str = ""
    family: str = "event"
    detail: str = ""
    update_id: int | None = None
    key: str = ""


def compiled(incident: Incident, beside: Together | None = None) -> list[Moment]:
    """Everything about the incident, oldest first. Four reads, however long it was; `beside` is read with them."""
    together = beside or Together()
    promises = together.rows(incident.promises.all(), *_PROMISE)
    alerts = together.rows(incident.alerts.all(), "first_seen_at", "title", "reported_by_name")
    past = together.rows(incident.history.all(), "history_date", "history_actor", *FOLLOWED)
    told = Q(postmortem__incident=incident)
    if incident.joined_at is not None:
        told |= Q(postmortem__incident__merged_into=incident)
    added = together.rows(AddedMoment.objects.filter(told), "happened_at", "text", "by_name")
    together.read()
    # What the desk wrote about the post-mortem itself is no part of the outage.
    notifications = _notifications(incident)
    aside = {row.pk for row in notifications if row.key.startswith(AFTERWARDS)}
    entries = [
        entry
        for entry in entries_of(incident)
        if "postmortem" not in entry.data and entry.data.get("notification") not in aside
    ]
    written = {(entry.kind, entry.at) for entry in entries}
    updates = list(incident.updates.all())
    sent = {(Kind.MESSAGE, update.sent_at) for update in updates}
    moments = [_of_entry(entry) for entry in entries if (entry.kind, entry.at) not in sent]
    moments += [_of_update(update) for update in updates]
    moments += _of_promises(promises, written)
    moments += _of_notifications([row for row in notifications if row.pk not in aside], written)
    moments += _of_alerts(alerts, written)
    moments += _of_history(past, {entry.at for entry in entries})
    moments += [_of_added(row) for row in sorted(added, key=lambda row: row.pk)]
    if not any(moment.kind == Kind.DECISION for moment in moments):
        moments.append(Moment(incident.declared_at, Kind.DECISION, "Declared", incident.declared_by_name))
    moments.append(Moment(incident.started_at, Kind.CHANGE, BEGAN))
    # At one and the same moment: the beginning, then the alert, then what people made of it.
    return sorted(moments, key=lambda moment: (moment.at, moment.text != BEGAN, moment.kind != Kind.ALERT))


@dataclass(frozen=True, slots=True)
class Shown:
    """A timeline as a report shows it, in its zone, and what was hidden from it: with who hid it and why."""

    shown: list[Moment]
    hidden: list[HiddenMoment]


def shown_to(postmortem: Postmortem, beside: Together | None = None) -> Shown:
    """The timeline of a report without what was hidden, read with it; `beside` is read with them. Four reads."""
    together = beside or Together()
    hidden = together.rows(postmortem.hidden_moments.filter(is_hidden=True), *_HIDDEN)
    found = compiled(postmortem.incident, together)
    hidden.sort(key=lambda row: (row.moment_at, row.pk))
    keys = {row.key for row in hidden}
    zone = postmortem.time_zone
    shown = [moment for moment in found if moment.key not in keys]
    return Shown([replace(moment, text=in_zone(moment.text, moment.at, zone)) for moment in shown], hidden)


def _of_added(row: AddedMoment) -> Moment:
    who = f"added by {row.by_name}"
    return Moment(row.happened_at, "added", row.text, who, "added", key=f"added:{row.pk}")


def _of_entry(entry: TimelineEntry) -> Moment:
    family = {Kind.NOTE: "note", Kind.MESSAGE: "message"}.get(Kind(entry.kind), "event")
    if entry.kind == Kind.PROMISE and "miss" in entry.text.lower():
        family = "missed"
    elif entry.kind == Kind.DECISION and entry.text.startswith("Green light:"):
        family = "green"
    return Moment(entry.at, entry.kind, entry.text, entry.actor_name, family, key=f"entry:{entry.pk}")


def _of_update(update: Update) -> Moment:
    whom = f"to {counted(update.contacts_count, 'contact')} at {counted(update.customers_count, 'customer')}"
    return Moment(
        update.sent_at,
        Kind.MESSAGE,
        f"{update.get_kind_display().capitalize()} {whom}: {update.subject}",
        update.sent_by_name,
        "message",
        update.body,
        update.pk,
        f"update:{update.pk}",
    )


def _of_promises(rows: list[Promise], written: set[tuple[str, datetime]]) -> Iterator[Moment]:
    for promise in sorted(rows, key=lambda row: row.pk):
        if promise.missed_at is not None and (Kind.PROMISE, promise.missed_at) not in written:
            text = f"Promise missed: the update promised for {promise.due_at:%H:%M} UTC was not sent"
            yield Moment(promise.missed_at, Kind.PROMISE, text, family="missed", key=f"promise:{promise.pk}:missed")
        closed = promise.closed_at
        if closed is not None and (Kind.PROMISE, closed) not in written and promise.outcome != Outcome.RELEASED:
            yield Moment(
                closed, Kind.PROMISE, promise_text(promise), family="promise", key=f"promise:{promise.pk}:closed"
            )


def promise_text(promise: Promise) -> str:
    """What became of a promise, in words."""
    due = f"the update promised for {promise.due_at:%H:%M} UTC"
    if promise.outcome == Outcome.MISSED:
        late = f" came {span(promise.late_seconds)} late" if promise.late_seconds is not None else " is still owed"
        return f"Missed: {due}{late}"
    if promise.outcome == Outcome.RELEASED:
        return f"Released: {due} was no longer owed"
    if promise.outcome == Outcome.PENDING or promise.closed_at is None:
        return f"Open: {due}"
    early = span((promise.due_at - promise.closed_at).total_seconds())
    if promise.closed_at >= promise.due_at:
        return f"Kept: {due} came just in time"
    by_itself = " by an automatic holding message" if promise.is_automatic else ""
    return f"Kept{by_itself}: {due} came {early} before its time"


def _notifications(incident: Incident) -> list[Notification]:
    own = Notification.objects.filter(incident=incident).values("pk")
    of_alerts = Notification.objects.filter(alert__incident=incident).values("pk")
    rows = Notification.objects.filter(pk__in=own.union(of_alerts))
    return list(rows.select_related("person").order_by("created_at", "id"))


def _of_notifications(rows: list[Notification], written: set[tuple[str, datetime]]) -> Iterator[Moment]:
    for row in rows:
        if (Kind.NOTIFICATION, row.created_at) not in written:
            text = f"{row.get_purpose_display().capitalize()} to {row.person}: {row.subject}"
            yield Moment(row.created_at, Kind.NOTIFICATION, text, key=f"notification:{row.pk}")


def _of_alerts(rows: list[Alert], written: set[tuple[str, datetime]]) -> Iterator[Moment]:
    for alert in sorted(rows, key=lambda row: row.pk):
        if (Kind.ALERT, alert.first_seen_at) not in written:
            text = f"First seen: {alert.title}"
            yield Moment(alert.first_seen_at, Kind.ALERT, text, alert.reported_by_name, key=f"alert:{alert.pk}")


def _of_history(rows: Iterable[Any], written: set[datetime]) -> Iterator[Moment]:
    for before, after in pairwise(sorted(rows, key=lambda row: (row.history_date, row.pk))):
        if after.history_date in written:
            continue
        for field, word in FOLLOWED.items():
            old, new = getattr(before, field), getattr(after, field)
            if old != new:
                text = f"{word}: {_label(field, old)} → {_label(field, new)}"
                key = f"history:{after.history_id}:{field}"
                yield Moment(after.history_date, Kind.CHANGE, text, after.history_actor, key=key)


def _label(field: str, value: str) -> str:
    if field == "status":
        return str(Status(value).label)
    return Severity(value).value if field == "severity" else value
