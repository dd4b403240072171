"""Who was told how, and what came of it: for the room, and for the page of an alert."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from incidents.models import Alert, Attempt, AttemptState, Incident, Notification, TimelineEntry

PEOPLE = 12
NOTES = 200


def told_facts(incident: Incident | None, alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    """The people told of an incident or of alerts, whoever was told last first: [{name, role, state, ok, ways}].

    Two queries. `state` is "acknowledged 02:33, by SMS", "told 02:31", "being told" or "not reached"; `ways` are the
    steps of the last notification, [{text, tone}]. Alerts annotated `page` (`page_of`) that joined another's page show
    whom that one told, and `page` of the person names it.
    """
    own = {alert.pk for alert in alerts}
    heads = {page["head"] for alert in alerts if (page := getattr(alert, "page", None))}
    about = Q(alert__in=own) | Q(alert__in=heads - own, purpose=Notification.Purpose.PAGE)
    about |= Q(incident=incident) if incident else Q()
    answered = {alert.acknowledged_by_id: alert.acknowledged_at for alert in alerts if alert.acknowledged_at}
    last: dict[int, Notification] = {}
    for note in (
        Notification.objects.filter(about)
        .select_related("person", "role", "alert")
        .order_by("-created_at", "-id")[:NOTES]
    ):
        if len(last) < PEOPLE:
            last.setdefault(note.person_id, note)
    ways = ways_of(last.values())
    return [
        {
            "name": str(note.person),
            "role": note.role_name,
            "page": note.alert.title if note.alert and note.alert.pk not in own and note.alert.pk in heads else "",
            **_reached(note, answered),
            "ways": ways[note.pk],
        }
        for note in last.values()
    ]


def page_of() -> Subquery:
    """The column `page` of alerts: what the pager wrote down last, {"head": the alert whose page it is, …}."""
    paged = TimelineEntry.objects.filter(alert=OuterRef("pk"), kind=TimelineEntry.Kind.NOTIFICATION)
    return Subquery(paged.filter(data__head__isnull=False).order_by("-at", "-pk").values("data")[:1])


def ways_of(notes: Iterable[Notification]) -> Mapping[int, list[dict[str, str]]]:
    """The steps taken for each notification, in words, in one query."""
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    rows = Attempt.objects.filter(notification__in=[note.pk for note in notes]).select_related("method", "folded_into")
    for row in rows.order_by("notification_id", "next_attempt_at", "position"):
        found[row.notification_id].append(words_of(row))
    return found


def words_of(row: Attempt) -> dict[str, str]:
    """One step in words, with its tone: ok, bad or soft."""
    return {"text": _way(row), "tone": _tone(_stand_in(row))}


def _stand_in(row: Attempt) -> Attempt:
    """What was told together with another is as well off as that."""
    return row.folded_into if row.state == AttemptState.FOLDED and row.folded_into else row


def _way(row: Attempt) -> str:
    what = f"{row.get_kind_display()}{f' {row.method.label}' if row.method else ''}"
    real = _stand_in(row)
    if real.delivered_at and real.state == AttemptState.DELIVERED:
        return f"{what}: delivered {_at(real.delivered_at)}"
    if real.state == AttemptState.SENT and real.sent_at:
        return f"{what}: handed over {_at(real.sent_at)}"
    if real.state == AttemptState.WAITING:
        return f"{what}: {'tried again' if real.tries else 'comes'} {_at(real.next_attempt_at)}"
    if real.state in (AttemptState.FAILED, AttemptState.UNKNOWN):
        return f"{what}: {real.get_state_display()} ({real.error})" if real.error else f"{what}: not delivered"
    return f"{what}: {real.get_state_display()}"


def _tone(row: Attempt) -> str:
    if row.state in (AttemptState.SENT, AttemptState.DELIVERED):
        return "ok"
    return "bad" if row.state in (AttemptState.FAILED, AttemptState.UNKNOWN) else "soft"


def _reached(note: Notification, answered: Mapping[int | None, datetime]) -> dict[str, Any]:
    way = f", {note.acknowledged_way}" if note.acknowledged_way else ""
    if note.person_id in answered:
        return {"state": f"acknowledged {_at(answered[note.person_id])}{way}", "ok": True}
    if note.acknowledged_at:
        return {"state": f"seen {_at(note.acknowledged_at)}{way}", "ok": True}
    if note.sent_at:
        return {"state": f"told {_at(note.sent_at)}", "ok": True}
    state = {"failed": "not reached", "settled": "not needed any more"}.get(note.state, "being told")
    return {"state": state, "ok": note.state == "settled"}


def _at(moment: datetime) -> str:
    """The time of day; after a day and more with its date."""
    there = timezone.localtime(moment)
    return f"{there:%H:%M}" if there.date() == timezone.localdate() else f"{there.day} {there:%b, %H:%M}"
