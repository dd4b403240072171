"""Choose the ways by which somebody is told: a row for each step of the person's own order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from incidents.models import (
    Attempt,
    ContactKind,
    ContactMethod,
    ContactStep,
    IncidentRole,
    Notification,
    NotificationState,
    Urgency,
)
from incidents.oncall import channels
from incidents.oncall.order import Step, Way, order_of

BATCH = 200


def plan_ready(now: datetime) -> int:
    """Choose the ways for what waits for it, oldest first; returns for how many. Six queries, however many."""
    if not Notification.objects.ready(now).exists():
        return 0
    with transaction.atomic():
        rows = list(
            Notification.objects.select_for_update(of=("self",), no_key=True)
            .ready(now)
            .order_by("next_attempt_at", "id")[:BATCH]
        )
        people = {row.person_id for row in rows}
        own, usable = _orders(people), _usable(people)
        quiet = set(IncidentRole.objects.filter(quiet=True).values_list("pk", flat=True))
        Attempt.objects.bulk_create(
            (
                Attempt(
                    notification=row,
                    position=position,
                    kind=step.way.kind,
                    method_id=step.way.method_id,
                    next_attempt_at=now + timedelta(seconds=step.delay_seconds),
                )
                for row in rows
                for position, step in enumerate(_steps(row, own, usable, quiet))
            ),
            ignore_conflicts=True,
        )
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(state=NotificationState.SENDING)
    return len(rows)


def urgency_of(notification: Notification, quiet: Collection[int]) -> Urgency:
    """How much it may disturb: a briefing, and whatever goes to a role of `quiet` (numbers), wakes nobody."""
    is_quiet = notification.purpose == Notification.Purpose.BRIEFING or notification.role_id in quiet
    return Urgency.BRIEFING if is_quiet else Urgency.PAGE


def _steps(
    row: Notification,
    own: dict[tuple[int, str], list[Step]],
    usable: dict[int, list[Way]],
    quiet: Collection[int],
) -> list[Step]:
    urgency = urgency_of(row, quiet)
    # A role that only gets briefings is not called because a policy names calls.
    first = () if row.role_id in quiet else row.channels
    return order_of(own[row.person_id, urgency], usable[row.person_id], first)


def _orders(people: Iterable[int]) -> dict[tuple[int, str], list[Step]]:
    found: dict[tuple[int, str], list[Step]] = defaultdict(list)
    rows = ContactStep.objects.filter(person__in=people).order_by("delay_seconds", "id")
    for person, urgency, method, kind, delay in rows.values_list(
        "person_id", "urgency", "method_id", "method__kind", "delay_seconds"
    ):
        found[person, urgency].append(Step(Way(kind or ContactKind.EMAIL, method), delay))
    return found


def _usable(people: Iterable[int]) -> dict[int, list[Way]]:
    found: dict[int, list[Way]] = defaultdict(list)
    working = channels.working_kinds()
    for person, kind, pk in (
        ContactMethod.objects.usable()
        .filter(person__in=people, kind__in=working)
        .order_by("id")
        .values_list("person_id", "kind", "pk")
    ):
        found[person].append(Way(kind, pk))
    return found
