"""Rings: tasks that start a loop's runner. The rows are the truth, so losing every ring loses nothing."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

from crisisdesk.core import clock
from crisisdesk.core.engine import leases, loops
from crisisdesk.core.models import Lease

logger = logging.getLogger(__name__)

FREE_SECONDS = 1.0
AGAIN_SECONDS = 2.0
MAX_QUEUED = 100
SCHEDULE = "leased loops"


def ring(name: str) -> None:
    """Queue a run of the loop; inside a transaction it is queued with the commit, or not at all."""
    task = "crisisdesk.core.engine.runner.run_loop"
    async_task(task, name, q_options={"cluster": loops.CLUSTER, "task_name": f"loop {name}"})


def wake(name: str) -> None:
    """Hint that there is work. Safe inside a transaction; one cheap read.

    A running loop looks at its rows several times a second anyway, so only a loop that nobody runs needs a ring.
    Losing the hint loses nothing.
    """
    lease = Lease.objects.filter(name=name).first()
    now = clock.now()
    if lease is None or (lease.free_for(now) is not None and not _rung_lately(lease, now)):
        ring(name)


def pass_on(name: str) -> bool:
    """Ring again for a loop that this version does not know, so that a newer one on another machine gets the ring.

    False, and the ring is dropped, when somebody runs the loop, or when nobody who knows it has rung for it lately:
    after a step back to an older version there is nobody left.
    """
    lease = Lease.objects.filter(name=name).first()
    now = clock.now()
    if lease is None or lease.free_for(now) is None or not _rung_lately(lease, now, AGAIN_SECONDS + FREE_SECONDS):
        return False
    ring(name)
    return True


def ring_free(now: datetime, *, free_seconds: float = FREE_SECONDS) -> int:
    """Ring for every loop whose lease nobody has held for that long; how many rings.

    Any number of callers: each loop is rung at most once in two seconds, and not at all while a hundred rings wait.
    """
    known = {loop.name for loop in loops.registered()}
    found = {lease.name: lease for lease in Lease.objects.filter(name__in=known)}
    if missing := known - found.keys():
        leases.ensure_rows(sorted(missing))
        found |= {lease.name: lease for lease in Lease.objects.filter(name__in=missing)}
    free = [name for name, lease in sorted(found.items()) if _wants_ring(lease, now, free_seconds)]
    if not free or OrmQ.objects.filter(key=loops.CLUSTER).count() >= MAX_QUEUED:
        return 0
    rung = 0
    for name in free:
        # A moment to come is one from before the clock was set back.
        unrung = Q(rung_at=None) | Q(rung_at__lte=now - timedelta(seconds=AGAIN_SECONDS)) | Q(rung_at__gt=now)
        if Lease.objects.filter(unrung, name=name).update(rung_at=now):
            ring(name)
            rung += 1
    return rung


def ring_free_loops() -> int:
    """The task of the static schedule, for a cluster that runs without a supervisor."""
    return ring_free(clock.now())


def ensure_schedule(**_: Any) -> None:
    """Keep the one schedule row as the code says: a look for free leases once a minute on the loops' cluster.

    Called after each `migrate`, and by the supervisor, which itself does not need it. `args` stays empty: one row with
    bad ones stops all schedules of django-q2.
    """
    wanted = {
        "func": "crisisdesk.core.engine.rings.ring_free_loops",
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
        "repeats": -1,
        "cluster": loops.CLUSTER,
        "args": None,
        "kwargs": None,
        "hook": None,
    }
    if Schedule._meta.db_table not in connection.introspection.table_names():
        return
    rows = list(Schedule.objects.filter(name=SCHEDULE).order_by("pk"))
    if not rows:
        Schedule.objects.create(name=SCHEDULE, next_run=clock.now(), **wanted)
        return
    Schedule.objects.filter(pk__in=[row.pk for row in rows[1:]]).delete()
    if any(getattr(rows[0], field) != value for field, value in wanted.items()):
        Schedule.objects.filter(pk=rows[0].pk).update(**wanted)


def _wants_ring(lease: Lease, now: datetime, free_seconds: float) -> bool:
    free_for = lease.free_for(now)
    return free_for is not None and free_for >= timedelta(seconds=free_seconds) and not _rung_lately(lease, now)


def _rung_lately(lease: Lease, now: datetime, seconds: float = AGAIN_SECONDS) -> bool:
    return lease.rung_at is not None and timedelta(0) <= now - lease.rung_at < timedelta(seconds=seconds)
