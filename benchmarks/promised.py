"""Ten thousand open incidents with promises: most hours away, some due while the benchmark looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crisisdesk.core.models import Deadline, DeadlineStep
from incidents.cadence import TICK, planned
from incidents.models import Incident, IncidentRole, PolicyStep, Promise, PromisePolicy, Update
from incidents.promise_steps import MISS
from incidents.promises import KIND

# Seconds from the due time: with the record of the miss five actions for each promise.
OFFSETS = {-6: "remind", -3: "escalate", 0: "miss", 3: "miss"}
ACTIONS = len(OFFSETS) + 1
BATCH = 2000


def make_policy() -> list[PolicyStep]:
    """The policy of every incident here: steps of seconds, told to the primary for Support."""
    PromisePolicy.objects.filter(severity="SEV2").update(severity="SEV4")
    policy = PromisePolicy.objects.create(name="Steps of seconds", severity="SEV2")
    role = IncidentRole.objects.get(slug="liaison")
    return [
        PolicyStep.objects.create(policy=policy, offset_seconds=offset, action=action, role=role)
        for offset, action in OFFSETS.items()
    ]


def make_incidents(count: int, now: datetime) -> list[Incident]:
    """Open incidents of which customers know."""
    rows = [
        Incident(
            title=f"Payments are failing {number}",
            status="identified",
            severity="SEV2",
            started_at=now,
            detected_at=now,
            declared_at=now,
            declared_by_name="Ivo Brandt",
            first_told_at=now,
        )
        for number in range(count)
    ]
    return Incident.objects.bulk_create(rows, BATCH)


def promise_all(
    incidents: Sequence[Incident], due: Sequence[datetime], steps: Sequence[PolicyStep], now: datetime
) -> None:
    """One promise for each incident, with its deadline as `incidents.promises.make` plans it."""
    updates = [
        Update(
            incident=row,
            number=1,
            kind="initial",
            status=row.status,
            subject=row.title,
            body="Our engineers are working on it now.",
            next_update_at=at,
            sent_at=now,
            sent_by_name="Dana Reyes",
            key=f"benchmark:{row.pk}",
        )
        for row, at in zip(incidents, due, strict=True)
    ]
    Update.objects.bulk_create(updates, BATCH)
    promises = [
        Promise(incident_id=row.incident_id, made_by=row, made_at=now, due_at=at)
        for row, at in zip(updates, due, strict=True)
    ]
    Promise.objects.bulk_create(promises, BATCH)
    deadlines = [Deadline(kind=KIND, key=str(row.pk), due_at=row.due_at, created_at=now) for row in promises]
    Deadline.objects.bulk_create(deadlines, BATCH)
    planned_steps = []
    for deadline in deadlines:
        moments = dict(planned(deadline.due_at, OFFSETS, now))
        planned_steps.append(DeadlineStep(deadline=deadline, name=MISS, fire_at=deadline.due_at + TICK, always=True))
        planned_steps += [
            DeadlineStep(
                deadline=deadline, name=f"step {step.pk}", fire_at=moments[step.offset_seconds], data={"step": step.pk}
            )
            for step in steps
        ]
    DeadlineStep.objects.bulk_create(planned_steps, BATCH)


def due_times(start: datetime, seconds: int, per_second: float, burst: int) -> list[datetime]:
    """Due moments spread evenly, and a burst at one moment half-way: so many actions a second, so many at once.

    At the moment itself a promise has two actions, the record of the miss and its notification.
    """
    count = round(seconds * per_second / ACTIONS)
    spread = [start + timedelta(seconds=seconds * number / count) for number in range(count)]
    return [*spread, *[start + timedelta(seconds=seconds / 2)] * (burst // 2)]
