"""The work of an import: compare, write, undo. Done at once for a small file, else by a worker in the background."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q
from django_q.tasks import async_task

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import Refusal, WrongState
from customers.imports.apply import MOVED, apply
from customers.imports.plan import ImportPlan, plan
from customers.imports.reading import Table, read
from customers.imports.undoing import undo
from customers.models import CustomerImport, ImportedRow, ImportState
from customers.models.customer_import import UNDOABLE, WORKING

logger = logging.getLogger(__name__)

TASK = "customers.imports.working.work"
# Rows shown in a preview; the figures always count all.
SHOWN = 500
# A worker that died: somebody else takes over.
PATIENCE = timedelta(minutes=6)
TELL_SECONDS = 0.5
BROKEN = "This could not be finished, and nothing was changed; the log of the worker says why. Tell an administrator."


def ring(one: CustomerImport) -> None:
    """Have a worker take it."""
    async_task(TASK, one.pk, q_options={"task_name": f"import {one.pk}"})


def ring_owed(now: datetime) -> int:
    """Ring again for what no worker has finished; how many. Called by the housekeeper, who also forgets what is old."""
    CustomerImport.objects.expired(now).delete()
    ImportedRow.objects.filter(of__done_at__lt=now - UNDOABLE).delete()
    waited = now - PATIENCE
    owed = CustomerImport.objects.filter(Q(begun_at=None) | Q(begun_at__lte=waited), state__in=WORKING)
    rows = list(owed.filter(rung_at__lte=waited).defer("content", "shown")[:10])
    for one in rows:
        CustomerImport.objects.filter(pk=one.pk).update(rung_at=now)
        ring(one)
    return len(rows)


def work(import_id: int) -> None:
    """Do what an import waits for; the task that a step rings for. A second ring does nothing."""
    now = clock.now()
    free = Q(begun_at=None) | Q(begun_at__lte=now - PATIENCE)
    if not CustomerImport.objects.filter(free, pk=import_id, state__in=WORKING).update(begun_at=now):
        return
    one = CustomerImport.objects.select_related("created_by", "undone_by").get(pk=import_id)
    try:
        _STEPS[ImportState(one.state)](one, now)
    except Exception:
        logger.exception("Import %s can't be finished", import_id)
        _stop(one, BROKEN)


def _compare(one: CustomerImport, now: datetime) -> None:
    try:
        table = _table(one)
        CustomerImport.objects.filter(pk=one.pk).update(total=len(table))
        planned = plan(table, tell=_teller(one))
    except Refusal as refused:
        _stop(one, str(refused))
        return
    state = ImportState.REFUSED if planned.problems else ImportState.READY
    CustomerImport.objects.filter(pk=one.pk, state=ImportState.QUEUED).update(
        state=state, digest=planned.digest, shown=as_shown(planned), done=len(table), begun_at=None
    )


def _write(one: CustomerImport, now: datetime) -> None:
    try:
        apply(_table(one), shown=one.digest, by=_person(one.created_by), now=now, of=one)
    except WrongState as refused:
        if str(refused) == MOVED:
            _compare_again(one, now)
    except Refusal as refused:
        _stop(one, str(refused))


def _compare_again(one: CustomerImport, now: datetime) -> None:
    """What would be done by now is looked at before it is done."""
    mine = CustomerImport.objects.filter(pk=one.pk, state=ImportState.CONFIRMED)
    if mine.update(state=ImportState.QUEUED):
        _compare(CustomerImport.objects.get(pk=one.pk), now)
        CustomerImport.objects.filter(pk=one.pk, state=ImportState.READY).update(problem=MOVED)


def _undo(one: CustomerImport, now: datetime) -> None:
    try:
        undo(one, by=_person(one.undone_by), now=now)
    except Refusal as refused:
        _stop(one, str(refused))


_STEPS: dict[ImportState, Callable[[CustomerImport, datetime], None]] = {
    ImportState.QUEUED: _compare,
    ImportState.CONFIRMED: _write,
    ImportState.UNDOING: _undo,
}


def _stop(one: CustomerImport, problem: str) -> None:
    """Nothing was changed: the import stands as it did before the step, with the reason."""
    state = ImportState.DONE if one.state == ImportState.UNDOING else ImportState.REFUSED
    CustomerImport.objects.filter(pk=one.pk, state=one.state).update(state=state, problem=problem, begun_at=None)


def _person(user: User | None) -> Actor:
    """Whoever pressed the button, with the groups they hold now."""
    return Actor.person(user) if user is not None else Actor("person", "Somebody")


def _table(one: CustomerImport) -> Table:
    return read(bytes(one.content or b""), name=one.file_name, columns=one.columns)


def _teller(one: CustomerImport) -> Callable[[int], None]:
    """Notes how far it is, about twice a second."""
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            CustomerImport.objects.filter(pk=one.pk).update(done=done)

    return tell


def as_shown(planned: ImportPlan) -> dict[str, object]:
    """The preview: figures of all, and the first rows."""
    changing = planned.changing
    return {
        "counts": planned.counts,
        "changes_nothing": planned.changes_nothing,
        "left_out": planned.left_out[:SHOWN],
        "changing": len(changing),
        "problems": [
            {"line": row.line, "customer": row.customer, "contact": row.contact, "problems": row.problems}
            for row in planned.problems[:SHOWN]
        ],
        "rows": [
            {
                "line": row.line,
                "kind": row.kind,
                "customer": row.customer,
                "contact": row.contact,
                "notes": row.notes,
                "changes": [{"what": c.what, "before": c.before, "after": c.after} for c in row.changes],
            }
            for row in changing[:SHOWN]
        ],
    }
