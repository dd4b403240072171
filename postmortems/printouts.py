"""Ordering a PDF, making it in the background, keeping it: a row is the order, the queue only wakes somebody."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django_q.tasks import async_task

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import NotAllowed
from postmortems.models import Printed as Kind
from postmortems.models import Printout, PrintoutContent, PrintState
from postmortems.printing import Printed
from postmortems.selection import Selection

logger = logging.getLogger(__name__)

TASK = "postmortems.tasks.print_out"
# A machine that died while it printed: somebody else takes over, twice at most.
PATIENCE = timedelta(minutes=6)
ATTEMPTS = 3


def act_for(kind: str) -> Act:
    """What it takes to order or to read a PDF of this kind."""
    return Act.VIEW_POSTMORTEMS if kind == Kind.POSTMORTEM else Act.VIEW_REVIEW


def order(
    kind: str,
    selection: Selection,
    *,
    title: str,
    object_id: int = 0,
    listing: str = "",
    params: Mapping[str, str] | None = None,
    by: Actor,
    now: datetime,
) -> Printout:
    """Order a PDF; the same order of the same person that is still being made is returned. Raises NotAllowed."""
    require(by, act_for(kind))
    wanted: dict[str, Any] = {
        "kind": kind,
        "object_id": object_id,
        "period": selection.period,
        "service": selection.service,
        "listing": listing,
        "params": dict(params or {}),
    }
    with transaction.atomic():
        same = Printout.objects.filter(**wanted, state=PrintState.QUEUED, asked_by=by.person_id, due_on=None).first()
        if same is not None:
            return same
        row = Printout.objects.create(
            **wanted, title=title[:250], asked_at=now, asked_by_id=by.person_id, asked_by_name=by.name
        )
        write_down("ordered", row, by=by, now=now)
        ring(row)
    return row


def ring(row: Printout) -> None:
    """Have a worker make it; inside a transaction it is queued with the commit."""
    async_task(TASK, row.pk, q_options={"task_name": f"printout {row.pk}"})


def ring_again(row: Printout, now: datetime) -> bool:
    """Ring for an order that nobody took; False when this process did within PATIENCE.

    The order itself tells of no ring, and where no worker is alive one waits in the queue already.
    """
    last = _Process.rung.get(row.pk)
    if last is not None and last <= now < last + PATIENCE:
        return False
    _Process.rung = {pk: at for pk, at in _Process.rung.items() if now < at + PATIENCE} | {row.pk: now}
    ring(row)
    return True


class _Process:
    """What this process rang for again, and when."""

    rung: Mapping[int, datetime] = {}


def owed(now: datetime) -> list[Printout]:
    """Orders that nobody works on, although they were rung for: rung again by the opener."""
    idle = Q(begun_at=None, asked_at__lte=now - PATIENCE) | Q(begun_at__lte=now - PATIENCE)
    return list(Printout.objects.filter(idle, state=PrintState.QUEUED).order_by("asked_at")[:10])


def claim(printout_id: int, now: datetime) -> Printout | None:
    """Take an order to make it; None when it is made, or somebody else is at it."""
    free = Q(begun_at=None) | Q(begun_at__lte=now - PATIENCE)
    mine = Printout.objects.filter(free, pk=printout_id, state=PrintState.QUEUED)
    if not mine.update(begun_at=now, attempts=F("attempts") + 1):
        return None
    row = Printout.objects.select_related("asked_by", "service").get(pk=printout_id)
    if row.attempts > ATTEMPTS:
        fail(row, "It was begun three times and never finished.")
        return None
    return row


def finish(row: Printout, printed: Printed, *, now: datetime) -> Printout:
    """Keep the PDF. Whoever finishes second finds it there."""
    with transaction.atomic():
        row = Printout.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.is_ready:
            return row
        PrintoutContent.objects.create(printout=row, data=printed.data)
        row.state, row.ready_at, row.problem = PrintState.READY, now, ""
        row.pages, row.size = printed.pages, len(printed.data)
        row.sha256 = hashlib.sha256(printed.data).hexdigest()
        row.save()
    return row


def fail(row: Printout, problem: str) -> None:
    """Say why it could not be made; the reader orders again when that is mended."""
    Printout.objects.filter(pk=row.pk, state=PrintState.QUEUED).update(state=PrintState.FAILED, problem=problem[:300])


def readable(row: Printout, by: Actor) -> None:
    """Raise NotAllowed unless the person may read this PDF."""
    require(by, act_for(row.kind))


def may_read(row: Printout, by: Actor) -> bool:
    """Whether the person may read it."""
    try:
        readable(row, by)
    except NotAllowed:
        return False
    return True


def write_down(act: str, row: Printout, *, by: Actor, now: datetime) -> None:
    """Record it in the audit trail."""
    audit.record(f"printout.{act}", by=by, now=now, on=row, data={"kind": row.kind, "title": row.title})
