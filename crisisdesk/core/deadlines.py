"""Due times with steps, each fired once.

A deadline is rows: one `Deadline`, its `DeadlineStep`s, and a partial index that one reader uses. Apps register what a
step does with `register` or `register_batch`; the leased loop "deadlines" calls `fire_due` several times a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crisisdesk.core.firing import MAX_ATTEMPTS, fire_due, register, register_batch, tell_what_is_set_aside
from crisisdesk.core.models import Deadline, DeadlineStep
from crisisdesk.core.models.deadline import StepState

__all__ = [
    "MAX_ATTEMPTS",
    "Step",
    "add_step",
    "close",
    "fire_due",
    "register",
    "register_batch",
    "set_deadline",
    "tell_what_is_set_aside",
]


@dataclass(frozen=True, slots=True)
class Step:
    """A step to plan: what (`name`, unique in its deadline), when, and with which data.

    `always`: fires although a later step is due as well (after downtime only the newest due one fires).
    """

    name: str
    fire_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    always: bool = False


def set_deadline(*, kind: str, key: str, due_at: datetime, steps: Iterable[Step], now: datetime) -> Deadline:
    """Open a deadline for `key` in place of an open one of the same kind; call it inside the verb's transaction."""
    close(kind=kind, key=key, now=now)
    deadline = Deadline.objects.create(kind=kind, key=key, due_at=due_at, created_at=now)
    DeadlineStep.objects.bulk_create(
        DeadlineStep(deadline=deadline, name=step.name, fire_at=step.fire_at, always=step.always, data=dict(step.data))
        for step in steps
    )
    return deadline


def add_step(deadline: Deadline, step: Step) -> None:
    """Plan one more step of an open deadline, from the handler that fires another of its steps."""
    DeadlineStep.objects.create(
        deadline=deadline, name=step.name, fire_at=step.fire_at, always=step.always, data=dict(step.data)
    )


def close(*, kind: str, key: str, now: datetime) -> bool:
    """Close the open deadline of `key` and cancel what it had planned; False when there was none."""
    closed = Deadline.objects.filter(kind=kind, key=key, closed_at=None).update(closed_at=now)
    if closed:
        DeadlineStep.objects.filter(deadline__kind=kind, deadline__key=key, state=StepState.PENDING).update(
            state=StepState.CANCELLED, done_at=now
        )
    return bool(closed)
