"""The record of an incident loses the words that name an erased person; the entry keeps its place, time and author.

Entries are insert-only: the database lets their text change only to one with the mark of a redaction, and nothing
else of them. The chained audit trail never held these texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from customers.free_text import Place, Words
from incidents.knowing import known_to
from incidents.models import TimelineEntry

MOST = 200


class Timeline:
    """See `customers.free_text.FreeText`."""

    def find(self, words: Words, by: Actor) -> list[Place]:
        """The newest entries that name them, of the incidents that this person may know of."""
        rows = TimelineEntry.objects.filter(_naming(words.all)).filter(known_to(by, "incident__"))
        rows = rows.filter(known_to(by, "alert__incident__")).select_related("incident", "alert").order_by("-at", "-pk")
        return [_place(row) for row in rows[: MOST * 2] if words.redacted(row.text, words.all) != row.text][:MOST]

    def redact(self, words: Words, keys: Collection[int], by: Actor, now: datetime) -> None:
        """Names in the entries that were chosen; addresses in all, also where this person may not look."""
        chosen = TimelineEntry.objects.filter(pk__in=keys).filter(known_to(by, "incident__"))
        chosen = chosen.filter(known_to(by, "alert__incident__"))
        changed = _rewrite(chosen, words, words.all)
        if words.addresses:
            changed |= _rewrite(TimelineEntry.objects.filter(_naming(words.addresses)), words, words.addresses)
        if changed:
            data = {"entries": sorted(changed)}
            audit.record("timeline.redacted", by=by, now=now, on=TimelineEntry(pk=min(changed)), data=data)


timeline = Timeline()


def _naming(words: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for word in words:
        found |= Q(text__icontains=word)
    return found


def _rewrite(rows: Iterable[TimelineEntry], words: Words, these: tuple[str, ...]) -> set[int]:
    changed = set()
    for row in rows:
        text = words.redacted(row.text, these)
        if text != row.text:
            TimelineEntry.objects.filter(pk=row.pk).update(text=text)
            changed.add(row.pk)
    return changed


def _place(row: TimelineEntry) -> Place:
    incident = row.incident or (row.alert.incident if row.alert else None)
    if incident is not None:
        where, url = incident.reference, reverse("admin:incidents_incident_change", args=[incident.pk])
    else:
        where, url = "an alert", reverse("admin:incidents_alert_change", args=[row.alert_id])
    return Place(row.pk, f"{where}, {row.at:%d %b %Y, %H:%M} UTC, {row.actor_name}", row.text, url)
