"""The right to run a loop: one row per loop, taken and kept by compare-and-set with database time.

The holder trusts only its monotonic clock: its deadline is counted from before the row was written, less a margin, so
it stops before anybody else can begin, whatever the wall clocks do. What slips through all the same (a stopped
process that wakes inside a system call) is caught by the fencing number.
"""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.db.models import F, Q

from crisisdesk.core import clock
from crisisdesk.core.engine import lifeline
from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.models import Lease

logger = logging.getLogger(__name__)

LEASE_SECONDS = 5.0
RENEW_SECONDS = 1.0
MARGIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _News:
    """What the next renewal has to tell about the passes since the last one."""

    passed: bool = False
    faults: int = 0
    fault: str = ""


class HeldLease:
    """A lease this process holds; a `loops.Guard`."""

    def __init__(self, name: str, holder: str, fence: int, taken_at: float) -> None:
        self.name = name
        self.holder = holder
        self._fence = fence
        self._lost = False
        self._news = _News()
        self._written_at(taken_at)

    def _written_at(self, moment: float) -> None:
        self._deadline = moment + LEASE_SECONDS - MARGIN_SECONDS
        self._renew_at = moment + RENEW_SECONDS

    @property
    def fence(self) -> int:
        """Grows with every new holder."""
        return self._fence

    @property
    def lost(self) -> bool:
        """Another holder took it, or it was given back; it never comes back to this object."""
        return self._lost

    def held(self) -> bool:
        """Whether the right to act still stands, by the monotonic clock."""
        return not self._lost and monotonic() < self._deadline

    def keep(self) -> bool:
        """Renew when a second has gone by; whether the lease is held. Raises what the database raises."""
        if not self._lost and monotonic() >= self._renew_at:
            self._renew()
        return self.held()

    def note_good_pass(self) -> None:
        """Remember for the next renewal that the loop does its work."""
        self._news = _News(passed=True)

    def note_fault(self, error: BaseException) -> None:
        """Remember for the next renewal that a pass failed, and where."""
        self._news = _News(faults=self._news.faults + 1, fault=place_of(error)[:200])

    def release(self) -> bool:
        """Give it back at once; False when it was no longer ours."""
        mine, self._lost = self._mine(), True
        now = clock.now()
        return bool(Lease.objects.filter(mine).update(expires_at=now, holder="", cluster="", pid=None))

    def _mine(self) -> Q:
        return Q(name=self.name, holder=self.holder, fence=self._fence)

    def _renew(self) -> None:
        before = monotonic()
        now = clock.now()
        changes: dict[str, object] = {"expires_at": now + timedelta(seconds=LEASE_SECONDS), "beat_at": now}
        if self._news.faults:
            changes |= {"failures": F("failures") + self._news.faults, "fault": self._news.fault}
        elif self._news.passed:
            changes |= {"passed_at": now, "failures": 0, "fault": ""}
        # Expired but taken by nobody is still ours: the fence has not moved.
        if Lease.objects.filter(self._mine()).update(**changes):
            self._news = _News()
            self._written_at(before)
        else:
            self._lost = True
            logger.warning("The lease “%s” (fence %d) went to another holder.", self.name, self._fence)


def ensure_rows(names: Iterable[str]) -> None:
    """A row for each loop, so that its lease can be taken."""
    Lease.objects.bulk_create([Lease(name=name) for name in names], ignore_conflicts=True)


def acquire(name: str) -> HeldLease | None:
    """Take the lease if nobody holds it; None otherwise. Of two who try at once exactly one gets it."""
    pid = os.getpid()
    holder = f"{socket.gethostname()[:100]}:{pid}:{uuid.uuid4().hex[:12]}"
    taken_at = monotonic()
    now = clock.now()
    free = Q(expires_at=None) | Q(expires_at__lte=now)
    changes = {
        "holder": holder,
        "cluster": lifeline.cluster_id(),
        "pid": pid,
        "fence": F("fence") + 1,
        "expires_at": now + timedelta(seconds=LEASE_SECONDS),
        "beat_at": now,
    }
    taken = Lease.objects.filter(free, name=name).update(**changes)
    if not taken and not Lease.objects.filter(name=name).exists():
        ensure_rows([name])
        taken = Lease.objects.filter(free, name=name).update(**changes)
    if not taken:
        return None
    # No row: the write took longer than the lease and somebody else has it by now.
    fence = Lease.objects.filter(name=name, holder=holder).values_list("fence", flat=True).first()
    return None if fence is None else HeldLease(name, holder, fence, taken_at)


def free_those_of_the_dead(clusters: Collection[str]) -> int:
    """Free at once the leases of processes of our own clusters that no longer exist; how many.

    Only for clusters this process supervises: elsewhere the same number may name another process.
    """
    freed = 0
    for lease in Lease.objects.filter(cluster__in=clusters).exclude(pid=None):
        if lease.pid is not None and not lifeline.is_alive(lease.pid):
            mine = Lease.objects.filter(pk=lease.pk, holder=lease.holder, fence=lease.fence)
            freed += mine.update(expires_at=clock.now(), holder="", cluster="", pid=None)
    return freed
