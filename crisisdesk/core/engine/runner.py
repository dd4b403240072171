"""The django-q2 task behind each loop: take the lease, make passes until the time is up, hand over."""

from __future__ import annotations

import logging
import os
import sys
from threading import Thread, get_native_id
from time import monotonic

from django.conf import settings
from django.db import close_old_connections, connections, transaction

from crisisdesk.core import clock
from crisisdesk.core.engine import leases, lifeline, loops, memory, rings
from crisisdesk.core.engine.faults import DATABASE_AWAY, place_of
from crisisdesk.core.models import Lease

logger = logging.getLogger(__name__)

MAX_PAUSE_SECONDS = 5.0
# Before a ring that this version cannot follow goes back into the queue: it must not go round and round in a hurry.
PASS_ON_SECONDS = 0.25


def run_loop(name: str) -> str:
    """Run the loop for CRISISDESK_LOOP_SECONDS, then ring for the next run; says in a word how it ended.

    Returns at once when another process runs it. Survives a pass that raises and a database that goes away; makes no
    pass while the lease is past its deadline by the monotonic clock.
    """
    loop = loops.get(name)
    if loop is None:
        return _pass_on(name)
    if lifeline.ended():
        return "stopping"
    memory.settle()
    close_old_connections()
    if loop.niceness and sys.platform == "linux":
        return _Nicely(loop).outcome()
    return _run(loop)


def _pass_on(name: str) -> str:
    """During an update machines with old code take rings from the same queue: let one with new code have it."""
    close_old_connections()
    if not lifeline.ended(PASS_ON_SECONDS) and rings.pass_on(name):
        return "passed on"
    logger.error("There is no loop “%s” in this version; the ring is dropped.", name)
    return "unknown"


class _Nicely(Thread):
    """A run in a thread of its own, which is nicer than its process.

    A process cannot take niceness back without a privilege, and the worker's next run may be that of an urgent loop.
    On Linux each thread has its own, and those it starts inherit it.
    """

    def __init__(self, loop: loops.Loop) -> None:
        super().__init__(name=f"loop {loop.name}", daemon=True)
        self._loop = loop
        self._word = ""
        self._error: BaseException | None = None

    def outcome(self) -> str:
        """Run it to its end; raises what it raised."""
        self.start()
        self.join()
        if self._error is not None:
            raise self._error
        return self._word

    def run(self) -> None:
        """The thread."""
        try:
            os.setpriority(os.PRIO_PROCESS, get_native_id(), self._loop.niceness)
            self._word = _run(self._loop)
        except BaseException as error:  # noqa: BLE001 - raised again where the run was asked for
            self._error = error
        finally:
            connections.close_all()


def _run(loop: loops.Loop) -> str:
    name = loop.name
    lease = leases.acquire(name)
    if lease is None:
        return "held by another"
    finished = False
    try:
        finished = _Run(loop, lease).until(monotonic() + settings.CRISISDESK_LOOP_SECONDS)
    finally:
        _hand_over(lease, ring_next=finished)
    return "handed over" if finished else "lost"


class _Run:
    """One stretch of passes under one lease."""

    def __init__(self, loop: loops.Loop, lease: leases.HeldLease) -> None:
        self.loop = loop
        self.lease = lease
        self.failed_passes = 0

    def until(self, end: float) -> bool:
        """Make passes until `end` (monotonic) or until the supervisor stops us; False when the lease is lost."""
        next_at = 0.0
        while monotonic() < end and not lifeline.ended(self._nap(next_at)):
            try:
                held = self.lease.keep()
                if self.lease.lost:
                    return False
                if held and monotonic() >= next_at:
                    next_at = monotonic() + self._pass()
            except DATABASE_AWAY as error:
                logger.warning("Loop “%s” waits for the database: %s", self.loop.name, place_of(error))
                connections.close_all()
                next_at = monotonic() + self.loop.idle_seconds
        return True

    def _nap(self, next_at: float) -> float:
        """Seconds to sleep: until the next pass, and never so long that the lease is renewed late."""
        if not self.lease.held():
            return self.loop.idle_seconds
        return min(max(0.0, next_at - monotonic()), leases.RENEW_SECONDS / 2)

    def _pass(self) -> float:
        """Make one pass; the pause after it in seconds. A pass that raises never ends the loop."""
        try:
            handled = self.loop.run_pass(loops.Pass(clock.now(), self.lease))
        except DATABASE_AWAY as error:
            self.lease.note_fault(error)
            raise
        except Exception as error:  # noqa: BLE001 - poison must not stop the loop; the fault is logged and shown
            self.failed_passes += 1
            self.lease.note_fault(error)
            logger.error(
                "A pass of loop “%s” failed (%d in a row): %s", self.loop.name, self.failed_passes, place_of(error)
            )
            for connection in connections.all(initialized_only=True):
                connection.close_if_unusable_or_obsolete()
            return min(self.loop.idle_seconds * 2.0 ** min(self.failed_passes, 16), MAX_PAUSE_SECONDS)
        self.failed_passes = 0
        self.lease.note_good_pass()
        return self.loop.rest_seconds if handled else self.loop.idle_seconds


def _hand_over(lease: leases.HeldLease, *, ring_next: bool) -> None:
    """Give the lease back and ring for the next run in one transaction; with the database away it is left to expire."""
    try:
        with transaction.atomic():
            if lease.lost or not lease.release() or not ring_next:
                return
            Lease.objects.filter(name=lease.name).update(rung_at=clock.now())
            rings.ring(lease.name)
    except DATABASE_AWAY as error:
        logger.warning("The lease “%s” is left to expire: %s", lease.name, place_of(error))
        connections.close_all()
