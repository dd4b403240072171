"""Take what is ready on a channel: one hand-over for everything that waits for the same address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from incidents.models import HOPEFUL, Attempt, AttemptState, ContactKind, Notification, NotificationState
from incidents.oncall.channels import Channel
from incidents.oncall.links import WITH
from incidents.oncall.over import is_over

WINDOW = 300
_WITH = ("method", *(f"notification__{name}" for name in WITH))


@dataclass(frozen=True, slots=True)
class Claimed:
    """The attempts to hand over now, and how many rows were handled with those left out or folded."""

    attempts: list[Attempt]
    handled: int


def claim(channel: Channel, most: int, fence: int, *, now: datetime) -> Claimed:
    """Up to `most` attempts, oldest first, each now in the state "sending" under this fence.

    On a channel that folds, what waits for one address goes as one: the oldest page leads, the others follow it. An
    address that was used a moment ago is left until its pause is over, so that a storm is a few calls, not a hundred.
    Left out altogether is what nobody needs any more; a mail that is somebody's first step always goes.
    """
    ready = Attempt.objects.ready(now).filter(kind__in=channel.kinds).select_related(*_WITH)
    if channel.fold_seconds:
        # Left out here and not afterwards: hundreds that wait for one address must not hide what waits for another.
        ready = ready.exclude(Exists(_used_lately(channel, now)))
    rows = list(ready.order_by("next_attempt_at", "id")[: WINDOW if channel.fold_seconds else most])
    if not rows:
        return Claimed([], 0)
    needless = [row for row in rows if not _goes_anyway(row) and is_over(row.notification)]
    if needless:
        _skip(needless)
    left = [row for row in rows if row not in needless]
    if not channel.fold_seconds:
        mine = _take_all(left, fence, now)
        return Claimed(mine, len(needless) + len(mine))
    groups = _folded(left)
    taken: list[Attempt] = []
    handled = len(needless)
    for group in groups:
        if len(taken) == most:
            break
        if _take(group[0], group[1:], fence, now):
            taken.append(group[0])
            handled += len(group)
    return Claimed(taken, handled)


def followers_of(attempt: Attempt) -> list[Attempt]:
    """The attempts that are told together with this one."""
    if attempt.kind == ContactKind.EMAIL:
        return []
    return list(Attempt.objects.filter(folded_into=attempt).select_related(*_WITH).order_by("id"))


def _goes_anyway(row: Attempt) -> bool:
    return row.kind == ContactKind.EMAIL and row.position == 0


def _skip(rows: Iterable[Attempt]) -> None:
    mine = Attempt.objects.filter(pk__in=[row.pk for row in rows], state=AttemptState.WAITING)
    mine.update(state=AttemptState.SKIPPED)
    notes = Notification.objects.filter(pk__in={row.notification_id for row in rows}, state=NotificationState.SENDING)
    # Nothing was handed over and nothing will be: it is settled, not failed.
    notes.exclude(ways__state__in=[AttemptState.WAITING, *HOPEFUL]).update(state=NotificationState.SETTLED)


def _used_lately(channel: Channel, now: datetime) -> QuerySet[Attempt]:
    """For each attempt those by which its address was used a moment ago."""
    since = now - timedelta(seconds=channel.fold_seconds)
    return Attempt.objects.filter(method=OuterRef("method"), claimed_at__gt=since, state__in=HOPEFUL)


def _folded(rows: Sequence[Attempt]) -> list[list[Attempt]]:
    """What waits, by address, pages first."""
    groups: dict[int | None, list[Attempt]] = defaultdict(list)
    for row in rows:
        groups[row.method_id].append(row)
    briefing = Notification.Purpose.BRIEFING
    return [
        sorted(group, key=lambda row: (row.notification.purpose == briefing, row.notification_id))
        for group in groups.values()
    ]


def _take_all(rows: Sequence[Attempt], fence: int, now: datetime) -> list[Attempt]:
    """Compare and set, many in one statement; those that this sender got."""
    ready = Attempt.objects.ready(now).filter(pk__in=[row.pk for row in rows])
    count = ready.update(state=AttemptState.SENDING, tries=F("tries") + 1, claimed_fence=fence, claimed_at=now)
    if count < len(rows):
        held = Attempt.objects.filter(pk__in=[row.pk for row in rows], state=AttemptState.SENDING, claimed_fence=fence)
        mine = set(held.filter(claimed_at=now).values_list("pk", flat=True))
        rows = [row for row in rows if row.pk in mine]
    for row in rows:
        row.state, row.tries = AttemptState.SENDING, row.tries + 1
        row.claimed_fence, row.claimed_at = fence, now
    return list(rows)


def _take(leader: Attempt, followers: Sequence[Attempt], fence: int, now: datetime) -> bool:
    """Compare and set: of two senders one gets the rows."""
    mine = Attempt.objects.filter(pk=leader.pk, state=AttemptState.WAITING, tries=leader.tries)
    leader.state, leader.tries = AttemptState.SENDING, leader.tries + 1
    leader.claimed_fence, leader.claimed_at = fence, now
    with transaction.atomic():
        if not mine.update(state=leader.state, tries=leader.tries, claimed_fence=fence, claimed_at=now):
            return False
        waiting = Attempt.objects.filter(pk__in=[row.pk for row in followers], state=AttemptState.WAITING)
        waiting.update(state=AttemptState.FOLDED, folded_into=leader)
    return True
