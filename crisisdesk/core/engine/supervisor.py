"""Starts web and clusters, watches them, kills what is wedged and starts it again; rings for loops nobody runs.

Several supervisors on several machines share the work: the leases decide who runs a loop. Each one judges only its
own children, by their lifelines and the monotonic clock, so a database that is away makes it wait, never kill.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Iterable
from time import monotonic
from types import FrameType

from django.db import DatabaseError, InterfaceError, connections

from crisisdesk.core import clock
from crisisdesk.core.engine import heartbeats, leases, lifeline, rings
from crisisdesk.core.engine.clusters import Cluster
from crisisdesk.core.engine.duties import Rounds
from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.engine.heartbeats import Beat
from crisisdesk.core.engine.processes import ManagedProcess, reap_orphans

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2
DUTY_SECONDS = 0.5
BEAT_SECONDS = 1.0
LATE_SECONDS = 2.0
STOP_SECONDS = 10.0
FORGET_SECONDS = 3600.0


class Supervisor:
    """The parent of everything that runs on this machine."""

    def __init__(self, children: Iterable[ManagedProcess]) -> None:
        self.children = list(children)
        self.clusters = [child for child in self.children if isinstance(child, Cluster)]
        self.name = f"supervisor {socket.gethostname()[:100]}:{os.getpid()}"
        self._stop_signals = 0
        self._ticked_at = monotonic()
        self._duty_at = self._beat_at = self._forget_at = 0.0
        self._scheduled = False
        self._rounds = Rounds()
        self._database_fault = ""

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; a second signal ends the waiting for children that take their time."""
        lifeline.adopt_orphans()
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        try:
            while not self._stop_signals:
                self._tick()
                time.sleep(TICK_SECONDS)
        finally:
            self._stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop_signals += 1

    def _tick(self) -> None:
        if monotonic() - self._ticked_at > LATE_SECONDS:
            # The whole machine stood still, or we did: no reason to blame the children.
            self._excuse_silence()
        self._ticked_at = monotonic()
        reap_orphans({child.pid for child in self.children if child.pid is not None})
        for child in self.children:
            child.look_after(monotonic())
        if monotonic() >= self._duty_at:
            self._do_duties()
            self._duty_at = monotonic() + DUTY_SECONDS
        if self._database_fault or monotonic() - self._ticked_at > LATE_SECONDS:
            # We wait for the database, as the clusters must.
            self._excuse_silence()

    def _excuse_silence(self) -> None:
        for cluster in self.clusters:
            cluster.pulse.excuse(monotonic())

    def _do_duties(self) -> None:
        """What needs the database; while it is away we wait and try again."""
        try:
            self._look_after_rows()
        except (DatabaseError, InterfaceError) as error:
            if (fault := place_of(error)) != self._database_fault:
                logger.warning("Waiting for the database, which may be away or lack its tables: %s", fault)
            self._database_fault = fault
            connections.close_all()
        else:
            if self._database_fault:
                logger.info("The database answers again.")
            self._database_fault = ""

    def _look_after_rows(self) -> None:
        now = clock.now()
        if not self._scheduled:
            rings.ensure_schedule()
            self._scheduled = True
        for cluster in self.clusters:
            earlier = set(cluster.earlier_ids)
            leases.free_those_of_the_dead({cluster.id, *earlier})
            cluster.earlier_ids -= earlier
        rings.ring_free(now)
        if monotonic() >= self._beat_at:
            heartbeats.record(self._beats(), now)
            self._beat_at = monotonic() + BEAT_SECONDS
        self._rounds.make(now)
        if monotonic() >= self._forget_at:
            heartbeats.forget_old(now)
            self._forget_at = monotonic() + FORGET_SECONDS

    def _beats(self) -> list[Beat]:
        detail = {child.name: {"starts": child.starts, "last_end": child.last_end} for child in self.children}
        beats = [Beat(self.name, "supervisor", detail)]
        beats += [Beat(self._name_of(c), "cluster", {"queue": c.queue}) for c in self.clusters if c.is_answering()]
        return beats

    def _name_of(self, cluster: Cluster) -> str:
        return f"{cluster.name} of {self.name}"

    def _stop(self) -> None:
        """Ask all children to end, kill those that have not after ten seconds, and take leave."""
        asked_twice = self._stop_signals + 1
        for child in self.children:
            child.ask_to_stop()
        until = monotonic() + STOP_SECONDS
        while monotonic() < until and self._stop_signals < asked_twice:
            if all(child.has_stopped() for child in self.children):
                break
            time.sleep(TICK_SECONDS / 4)
        for child in self.children:
            if not child.has_stopped():
                logger.warning("%s did not end in time and is killed.", child.name)
            child.kill()
        try:
            heartbeats.forget([self.name, *(self._name_of(cluster) for cluster in self.clusters)])
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The heartbeat stays behind: %s", place_of(error))
