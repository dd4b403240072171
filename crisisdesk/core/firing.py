"""Fires the steps of deadlines that are due, many in one transaction where their handler can.

Part of `crisisdesk.core.deadlines`, which is what other modules import.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.models import Deadline, DeadlineStep
from crisisdesk.core.models.deadline import StepState

logger = logging.getLogger(__name__)

Handler = Callable[[DeadlineStep, datetime], None]
BatchHandler = Callable[[Sequence[DeadlineStep], datetime], None]
MAX_ATTEMPTS = 5
# Steps of one transaction: it stays a fraction of the lease, and of the patience of a send that waits for its lock.
AT_ONCE = 100

_handlers: dict[str, BatchHandler] = {}
_in_batches: set[str] = set()
_tellers: list[Handler] = []


def register(kind: str, handler: Handler) -> None:
    """Say what happens when a step of this kind of deadline is due; each step gets a transaction of its own.

    The handler gets the claimed step and the pass's time (UTC) and runs inside the transaction that marks the step
    as fired: it writes rows, it does no I/O.
    """

    def one_by_one(steps: Sequence[DeadlineStep], now: datetime) -> None:
        for step in steps:
            handler(step, now)

    _handlers[kind] = one_by_one
    _in_batches.discard(kind)


def register_batch(kind: str, handler: BatchHandler) -> None:
    """As `register`, for a handler that settles many claimed steps in a few statements.

    It gets up to a hundred steps of different deadlines, oldest first. When it raises, nothing of the batch has
    happened, and each half is tried alone, down to the one step that can't be done. So it must not remember anything
    outside the database.
    """
    _handlers[kind] = handler
    _in_batches.add(kind)


def tell_what_is_set_aside(teller: Handler) -> None:
    """Say who tells people that a step failed for the last time, so that it is not lost in silence.

    The teller runs inside the transaction that sets the step aside; whatever it raises is logged and changes nothing.
    """
    if teller not in _tellers:
        _tellers.append(teller)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Due steps of one kind that are settled together: their ids with those of their deadlines."""

    kind: str
    steps: tuple[tuple[int, int], ...]

    def halves(self) -> tuple[_Batch, _Batch]:
        middle = len(self.steps) // 2
        return _Batch(self.kind, self.steps[:middle]), _Batch(self.kind, self.steps[middle:])


def fire_due(now: datetime, *, limit: int = 200, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Fire what is due and return how many steps were settled; up to `limit` of those that go one by one.

    Of several due steps of one deadline only the newest fires, besides those marked `always`; the others are recorded
    as skipped. A step whose handler fails is tried again with growing pauses and then set aside with its reason, so
    that it stops nobody else. `may_go_on` is asked before each transaction: a long burst keeps its lease through it,
    or stops when it was lost.
    """
    settled = 0
    waiting = deque(_due(now, limit))
    while waiting and may_go_on():
        batch = waiting.popleft()
        try:
            with transaction.atomic():
                settled += _settle(batch, now)
        except Exception as error:  # noqa: BLE001 - a handler is code of an app: what it raises stops its own step only
            if len(batch.steps) > 1:
                waiting.extendleft(reversed(batch.halves()))
                continue
            logger.error("deadline step %s of kind %s failed: %s", batch.steps[0][0], batch.kind, place_of(error))
            _set_back(batch.steps[0][0], now, error)
    return settled


def _due(now: datetime, limit: int) -> Iterable[_Batch]:
    """Those in batches come first: they are quick, and promises are among them."""
    rows = DeadlineStep.objects.due(now).order_by("fire_at", "id").values_list("id", "deadline_id", "deadline__kind")
    together: dict[str, list[tuple[int, int]]] = {}
    for step_id, deadline_id, kind in rows.filter(deadline__kind__in=_in_batches)[: 10 * AT_ONCE]:
        together.setdefault(kind, []).append((step_id, deadline_id))
    for kind, steps in together.items():
        for start in range(0, len(steps), AT_ONCE):
            yield _Batch(kind, tuple(steps[start : start + AT_ONCE]))
    for step_id, deadline_id, kind in rows.exclude(deadline__kind__in=_in_batches)[:limit]:
        yield _Batch(kind, ((step_id, deadline_id),))


def _settle(batch: _Batch, now: datetime) -> int:
    """Claim, mark and hand over; how many of the batch were settled, skipped ones included."""
    claimed = _claim([deadline_id for _, deadline_id in batch.steps])
    due = list(DeadlineStep.objects.due(now).filter(deadline__in=claimed).order_by("fire_at", "id"))
    newest: dict[int, datetime] = {step.deadline_id: step.fire_at for step in due if not step.always}
    wanted = {step_id for step_id, _ in batch.steps}
    fired: list[DeadlineStep] = []
    skipped: list[DeadlineStep] = []
    for step in due:
        if step.pk in wanted:
            step.deadline = claimed[step.deadline_id]
            (fired if step.always or step.fire_at == newest[step.deadline_id] else skipped).append(step)
    _mark(skipped, StepState.SKIPPED, now)
    _mark(fired, StepState.FIRED, now)
    if fired:
        _handlers[batch.kind](fired, now)
    return len(fired) + len(skipped)


def _claim(deadline_ids: Iterable[int]) -> dict[int, Deadline]:
    """Lock the deadlines that are open still: a verb that closed one meanwhile has won.

    Those that somebody holds at this moment are left for the next pass, so two locks are never waited for.
    """
    skip = connection.features.has_select_for_update_skip_locked
    rows = Deadline.objects.select_for_update(skip_locked=skip).filter(pk__in=set(deadline_ids), closed_at=None)
    return {row.pk: row for row in rows}


def _mark(steps: Sequence[DeadlineStep], state: StepState, now: datetime) -> None:
    for step in steps:
        step.state, step.done_at = state, now
        step.attempts += 1
    if steps:
        changes: dict[str, Any] = {"state": state, "done_at": now, "attempts": F("attempts") + 1}
        DeadlineStep.objects.filter(pk__in=[step.pk for step in steps]).update(**changes)


def _set_back(step_id: int, now: datetime, error: Exception) -> None:
    with transaction.atomic():
        step = DeadlineStep.objects.select_for_update(of=("self",)).select_related("deadline").get(pk=step_id)
        step.attempts += 1
        step.error = f"{type(error).__name__}: {error}"[:300]
        step.retry_at = now + timedelta(seconds=2**step.attempts)
        if step.attempts >= MAX_ATTEMPTS:
            step.state, step.done_at = StepState.FAILED, now
        step.save(update_fields=["attempts", "error", "retry_at", "state", "done_at"])
        if step.state == StepState.FAILED:
            _tell_set_aside(step, now)


def _tell_set_aside(step: DeadlineStep, now: datetime) -> None:
    for teller in _tellers:
        try:
            with transaction.atomic():
                teller(step, now)
        except Exception as error:  # noqa: BLE001 - set aside it is all the same: tried for ever it would stop others
            logger.error("nobody could be told that deadline step %s was set aside: %s", step.pk, place_of(error))
