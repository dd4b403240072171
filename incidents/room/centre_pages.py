"""What needs somebody now: the alerts about which nothing is decided, the oldest first, and who was told of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from crisisdesk.core import clock
from incidents.models import Alert, Notification
from incidents.room.reach import number
from incidents.room.told import page_of

SHOWN = 20
NAMES = 4


def pages_facts(now: datetime) -> dict[str, Any]:
    """The context of the centre's panel: the oldest lines, how many wait in all, and where they are listed."""
    waiting = Alert.objects.unqualified()
    oldest = waiting.select_related("source").annotate(page=page_of()).order_by("first_seen_at", "pk")
    alerts = list(oldest[:SHOWN])
    count = len(alerts) if len(alerts) < SHOWN else waiting.count()
    # The alert whose page each one joined, as the pager wrote it down; most often itself.
    pages = {alert.pk: alert.page for alert in alerts}  # type: ignore[attr-defined]  # annotated above
    heads = {pk: page["head"] for pk, page in pages.items() if page}
    told = _told({*heads, *heads.values(), *(alert.pk for alert in alerts)})
    return {
        "pages": [_line(alert, told.get(alert.pk, []), told.get(heads.get(alert.pk), []), now) for alert in alerts],
        "pages_count": count,
        "pages_count_text": number(count),
        "pages_url": reverse("admin:incidents_alert_changelist") + "?decision=waiting",
    }


def _told(alerts: Iterable[int | None]) -> Mapping[int | None, list[str]]:
    told: dict[int | None, list[str]] = defaultdict(list)
    notes = Notification.objects.filter(alert__in=list(alerts), purpose=Notification.Purpose.PAGE)
    for note in notes.select_related("person").order_by("id"):
        if str(note.person) not in told[note.alert_id]:
            told[note.alert_id].append(str(note.person))
    return told


def _line(alert: Alert, told: Sequence[str], with_others: Sequence[str], now: datetime) -> dict[str, Any]:
    acknowledged = alert.acknowledged_at is not None
    if acknowledged:
        detail = f"{alert.acknowledged_by_name} is on it"
    elif told:
        detail = f"Told: {_names(told)}"
    else:
        detail = f"Told with the others: {_names(with_others)}" if with_others else "Nobody was told"
    return {
        "title": alert.title,
        "url": reverse("admin:qualify", args=[alert.pk]),
        "ago": clock.ago(alert.first_seen_at, now),
        "acknowledged": acknowledged,
        "detail": detail,
    }


def _names(people: Sequence[str]) -> str:
    more = len(people) - NAMES
    return ", ".join(people[:NAMES]) + (f" and {more} more" if more > 0 else "")
