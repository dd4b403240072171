"""Timeline entries as the room shows them: internal notes and messages to customers told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe

from crisisdesk.core.markdown import to_html
from customers.affected import AudienceCounts
from incidents.models import TimelineEntry, Track, Update
from incidents.room.reach import whom

Kind = TimelineEntry.Kind
# Kind -> family (its shape), icon, label.
_LOOKS: Mapping[str, tuple[str, str, str]] = {
    Kind.ALERT: ("event", "alert", "Alert"),
    Kind.NOTIFICATION: ("event", "bell", "Told"),
    Kind.DECISION: ("event", "flag", "Decision"),
    Kind.CHANGE: ("event", "flag", "Change"),
    Kind.NOTE: ("note", "note", "Internal note"),
    Kind.MESSAGE: ("message", "send", "To customers"),
    Kind.PROMISE: ("missed", "cross", "Promise missed"),
}


def shown(entries: Iterable[TimelineEntry], updates: Mapping[int, Update], now: datetime) -> list[dict[str, Any]]:
    """What parts/timeline_entry.html shows for each entry; `updates` by id. The first of a day names it, but for today.

    What only says that one more of the team's own messages was handed over is folded into one line where several stand
    in a row, so that it does not push out of sight what people did. What failed is never folded.
    """
    lines: list[dict[str, Any]] = []
    said = timezone.localdate(now)
    for (day, is_routine), run in groupby(entries, key=_day_and_sort):
        several = list(run)
        rows = [_shown(entry, updates.get(entry.data.get("update", 0))) for entry in several]
        if is_routine and len(rows) > 1:
            rows = [_folded(several, rows)]
        if day != said:
            rows[0]["day"] = said = day
        lines += rows
    return lines


def _day_and_sort(entry: TimelineEntry) -> tuple[date, bool]:
    return timezone.localdate(entry.at), _is_routine(entry)


def _is_routine(entry: TimelineEntry) -> bool:
    return entry.kind == Kind.NOTIFICATION and "attempt" in entry.data and "was handed over" in entry.text


def _folded(entries: Sequence[TimelineEntry], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One line for several, the newest first; its id stays while newer ones join it."""
    return {
        **rows[0],
        "text": f"{len(rows)} messages to the team were handed over.",
        "since": entries[-1].at if f"{entries[-1].at:%H:%M:%S}" != f"{entries[0].at:%H:%M:%S}" else None,
        "folded": rows,
        "fold_id": f"told-{entries[-1].pk}",
    }


def _shown(entry: TimelineEntry, update: Update | None) -> dict[str, Any]:
    family, icon, label = _LOOKS[entry.kind]
    line: dict[str, Any] = {
        "at": entry.at,
        "family": family,
        "icon": icon,
        "kind": label,
        "who": entry.actor_name,
        "text": entry.text,
    }
    if entry.kind == Kind.DECISION and entry.text.startswith("Green light withdrawn:"):
        line |= {"family": "missed", "icon": "cross", "kind": "Green light withdrawn", "text": entry.text[22:].strip()}
    elif entry.kind == Kind.DECISION and entry.text.startswith("Green light:"):
        line |= {"family": "green", "icon": "check", "kind": "Green light", "text": entry.text[12:].strip()}
    if track := entry.data.get("track"):
        label = Track(track).label
        line |= {"icon": "gauge", "kind": label, "text": _capital(entry.text.removeprefix(f"{label}, "))}
    elif "item" in entry.data:
        line |= {"icon": "check", "kind": "Checklist", "text": _capital(entry.text.removeprefix("Checklist: "))}
    if update is not None:
        line |= _of_message(update)
    return line


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_message(update: Update) -> dict[str, Any]:
    promise = ""
    # Taken over from an older record, a message names nobody.
    was_told = update.message_id is not None or update.contacts_count > 0
    if update.next_update_at:
        promise = f"Next update promised for {timezone.localtime(update.next_update_at):%H:%M %Z}"
    return {
        "kind": f"To customers{' by itself' if update.is_automatic else ''}: {update.get_kind_display()}",
        "subject": update.subject,
        "html": mark_safe(to_html(update.body)),  # noqa: S308 - sanitised by to_html
        "text": "",
        "audience": whom(AudienceCounts(update.customers_count, update.contacts_count)) if was_told else "",
        "promise": promise,
        "url": reverse("admin:deliveries", args=[update.pk]) if update.message_id else "",
    }
