"""Due times with steps, each fired once.

A deadline is rows: one `Deadline`, its `DeadlineStep`s, and a partial index that one reader uses. Apps register what a
step does with `register(kind, handler)`; the leased loop "deadlines" calls `fire_due` several times a second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from django.db import connection, transaction

from crisisdesk.core.models import Deadline, DeadlineStep
from crisisdesk.core.models.deadline import StepState

logger = logging.getLogger(__name__)

Handler = Callable[[DeadlineStep, datetime], None]
MAX_ATTEMPTS = 5

_handlers: dict[str, Handler] = {}


@dataclass(frozen=True, slots=True)
class Step:
    """A step to plan: what (`name`, unique in its deadline), when, and with which data.

    `always`: fires although a later step is due as well (after downtime only the newest due one fires).
    """

    name: str
    fire_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    always: bool = False


def register(kind: str, handler: Handler) -> None:
    """Say what happens when a step of this kind of deadline is due.

    The handler gets the claimed step and the pass's time (UTC) and runs inside the transaction that marks the step
    as fired: it writes rows, it does no I/O.
    """
    _handlers[kind] = handler


def set_deadline(*, kind: str, key: str, due_at: datetime, steps: Iterable[Step], now: datetime) -> Deadline:
    """Open a deadline for `key` in place of an open one of the same kind; call it inside the verb's transaction."""
    close(kind=kind, key=key, now=now)
    deadline = Deadline.objects.create(kind=kind, key=key, due_at=due_at, created_at=now)
    DeadlineStep.objects.bulk_create(
        DeadlineStep(deadline=deadline, name=step.name, fire_at=step.fire_at, always=step.always, data=dict(step.data))
        for step in steps
    )
    return deadline


def close(*, kind: str, key: str, now: datetime) -> bool:
    """Close the open deadline of `key` and cancel what it had planned; False when there was none."""
    closed = Deadline.objects.filter(kind=kind, key=key, closed_at=None).update(closed_at=now)
    if closed:
        DeadlineStep.objects.filter(deadline__kind=kind, deadline__key=key, state=StepState.PENDING).update(
            state=StepState.CANCELLED, done_at=now
        )
    return bool(closed)


def fire_due(now: datetime, *, limit: int = 200, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Fire what is due, each step in a transaction of its own, and return how many were settled.

    Of several due steps of one deadline only the newest fires, besides those marked `always`; the others are recorded
    as skipped. A step whose handler fails is tried again with growing pauses and then set aside with its reason, so
    that it stops nobody else. `may_go_on` is asked before each step, outside a transaction: a long burst keeps its
    lease through it, or stops when it was lost.
    """
    due = DeadlineStep.objects.due(now).order_by("fire_at", "id").values_list("id", "deadline__kind")
    return sum(_settle(pk, kind, now) for pk, kind in takewhile(lambda _: may_go_on(), due[:limit]))


def _settle(step_id: int, kind: str, now: datetime) -> int:
    try:
        with transaction.atomic():
            return _fire(step_id, now)
    except Exception as error:
        # A handler is code of an app: whatever it raises must stop this step only.
        logger.exception("deadline step %s of kind %s failed", step_id, kind)
        _set_back(step_id, now, error)
        return 0


def _fire(step_id: int, now: datetime) -> int:
    step = _claim(step_id, now)
    if step is None:
        return 0
    newer = step.deadline.steps.due(now).filter(fire_at__gt=step.fire_at, always=False)
    if not step.always and newer.exists():
        _mark(step, StepState.SKIPPED, now)
        return 1
    _mark(step, StepState.FIRED, now)
    _handlers[step.deadline.kind](step, now)
    return 1


def _claim(step_id: int, now: datetime) -> DeadlineStep | None:
    """Lock the deadline, then the step, and look again: a verb that closed it meanwhile has won."""
    skip = connection.features.has_select_for_update_skip_locked
    deadline = Deadline.objects.select_for_update(skip_locked=skip).filter(steps=step_id, closed_at=None).first()
    if deadline is None:
        return None
    step = DeadlineStep.objects.due(now).filter(pk=step_id).first()
    if step is not None:
        step.deadline = deadline
    return step


def _mark(step: DeadlineStep, state: StepState, now: datetime) -> None:
    step.state, step.done_at = state, now
    step.attempts += 1
    step.save(update_fields=["state", "done_at", "attempts"])


def _set_back(step_id: int, now: datetime, error: Exception) -> None:
    with transaction.atomic():
        step = DeadlineStep.objects.select_for_update().get(pk=step_id)
        step.attempts += 1
        step.error = f"{type(error).__name__}: {error}"[:300]
        step.retry_at = now + timedelta(seconds=2**step.attempts)
        if step.attempts >= MAX_ATTEMPTS:
            step.state, step.done_at = StepState.FAILED, now
        step.save(update_fields=["attempts", "error", "retry_at", "state", "done_at"])
