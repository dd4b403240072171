"""The two django-q2 clusters as the supervisor sees them."""

from __future__ import annotations

import logging
import socket
import uuid
from collections.abc import Collection
from time import monotonic

from django.conf import settings

from crisisdesk.core.engine import lifeline, loops
from crisisdesk.core.engine.processes import ManagedProcess
from crisisdesk.core.engine.pulse import START_SECONDS, Pulse

logger = logging.getLogger(__name__)

# Besides one worker per loop: one for the probe, one to take over from a loop that hangs in its pass.
SPARE_WORKERS = 2


class Cluster(ManagedProcess):
    """`manage.py qcluster` with a lifeline; killed and started again when its probe does not come back."""

    def __init__(self, queue: str, variables: dict[str, str], busy_excuses: int | None) -> None:
        super().__init__(f"cluster {queue}", ["-m", "django", "qcluster", "--skip-checks"], variables)
        self.queue = queue
        self.id = ""
        self.earlier_ids: set[str] = set()
        self._busy_excuses = busy_excuses
        self._ours: socket.socket | None = None
        self._theirs: socket.socket | None = None
        self._rest = b""
        self.pulse = Pulse(monotonic(), busy_excuses)

    def start(self, now: float) -> None:
        """Start it with a new lifeline and a new name for its leases."""
        self.earlier_ids |= {self.id} - {""}
        self.id = uuid.uuid4().hex
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._rest = b""
        patience = self.pulse.next_start_seconds() if self.starts else START_SECONDS
        self.pulse = Pulse(now, self._busy_excuses, patience)
        try:
            super().start(now)
        finally:
            self._theirs.close()

    def environment(self) -> dict[str, str]:
        """The lifeline's number and the cluster's name besides."""
        number = str(self._theirs.fileno()) if self._theirs else ""
        return super().environment() | {lifeline.SOCKET_VARIABLE: number, lifeline.CLUSTER_VARIABLE: self.id}

    def descriptors(self) -> Collection[int]:
        """Its end of the lifeline."""
        return (self._theirs.fileno(),) if self._theirs else ()

    def illness(self, now: float) -> str:
        """Listen to the lifeline; ill when the probe has not come back for too long."""
        self._listen(now)
        if self.pulse.is_ill(now, lifeline.is_alive):
            return f"has not answered for {self.pulse.silence(now):.1f} s"
        return ""

    def ask_to_stop(self) -> None:
        """End the lifeline, on which the loops go home, then ask in the usual way.

        One that is still starting is killed: django-q2 can hang when it is told to end before it is up.
        """
        if not self.is_answering():
            self.kill()
            return
        self._let_go()
        super().ask_to_stop()

    def kill(self) -> None:
        """Kill all of it."""
        self._let_go()
        super().kill()

    def is_answering(self) -> bool:
        """Whether it runs and has answered since it was started."""
        return self.pid is not None and self.pulse.answered

    def _let_go(self) -> None:
        if self._ours is not None:
            self._ours.close()
            self._ours = None

    def _listen(self, now: float) -> None:
        if self._ours is None:
            return
        heard = b""
        try:
            while chunk := self._ours.recv(65536):
                heard += chunk
        except BlockingIOError:
            pass
        except OSError as error:
            logger.debug("The lifeline of %s broke: %s", self.name, type(error).__name__)
        *lines, self._rest = (self._rest + heard).split(b"\n")
        for line in lines:
            self.pulse.hear(line.decode(errors="replace"), now)


def default_cluster() -> Cluster:
    """Everything that is not a loop. Its tasks may be long, so a probe may have to wait for a free worker."""
    return Cluster("default", {"Q_CLUSTER_NAME": ""}, busy_excuses=settings.Q_CLUSTER["workers"])


def loops_cluster() -> Cluster:
    """A worker for each loop and spare ones, of which one always answers the probe."""
    workers = max(settings.CRISISDESK_LOOP_WORKERS, len(loops.registered()) + SPARE_WORKERS)
    variables = {"Q_CLUSTER_NAME": loops.CLUSTER, "CRISISDESK_LOOP_WORKERS": str(workers)}
    return Cluster(loops.CLUSTER, variables, busy_excuses=None)
