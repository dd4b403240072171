"""A child process of the supervisor, in a session of its own, started again whenever it ends."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from django.conf import settings

from crisisdesk.core.engine import lifeline

logger = logging.getLogger(__name__)

SHORT_LIFE_SECONDS = 5.0
MAX_BACKOFF_SECONDS = 4.0
REAP_SECONDS = 5.0


class ManagedProcess:
    """One program with all it forks: a process group that is ended as a whole."""

    def __init__(self, name: str, arguments: Iterable[str], variables: Mapping[str, str]) -> None:
        self.name = name
        self.arguments = [sys.executable, *arguments]
        self.variables = dict(variables)
        self.starts = 0
        self.last_end = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._backoff = 0.0

    @property
    def pid(self) -> int | None:
        """Of the first process of the group; None when it does not run."""
        return self._process.pid if self._process else None

    def look_after(self, now: float) -> None:
        """Start it if it should run and does not; clear up after one that ended; kill one that is ill."""
        if self._process is None:
            if now >= self._start_at:
                self._try_to_start(now)
        elif (status := self._process.poll()) is not None:
            self._end(now, f"ended with status {status}")
        elif reason := self.illness(now):
            self._end(now, reason)

    def illness(self, now: float) -> str:
        """Why it has to be killed; empty while it is well. A plain process is well as long as it lives."""
        del now
        return ""

    def start(self, now: float) -> None:
        """Start it; the kernel kills it if the supervisor dies."""
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            self.arguments,
            env=self.environment(),
            start_new_session=True,
            pass_fds=self.descriptors(),
            stdin=subprocess.DEVNULL,
            # Safe where no threads are: the supervisor has none.
            preexec_fn=lifeline.dying_with(os.getpid()),
        )
        self.starts += 1
        self._started_at = now
        logger.info("Started %s as process %d.", self.name, self._process.pid)

    def environment(self) -> dict[str, str]:
        """What it finds in its environment: ours, the one secret key of the family, its own variables."""
        own = os.environ | {"SECRET_KEY": settings.SECRET_KEY, "PYTHONPATH": _python_path()} | self.variables
        return {name: value for name, value in own.items() if value}

    def descriptors(self) -> Collection[int]:
        """Which open files it inherits."""
        return ()

    def ask_to_stop(self) -> None:
        """Ask in the usual way; it may take its time."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def has_stopped(self) -> bool:
        """Whether its first process is gone."""
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """Kill the whole group and reap what is ours of it."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        try:
            process.wait(REAP_SECONDS)
        except subprocess.TimeoutExpired:
            logger.error("Process %d of %s cannot be killed; it may hang in the kernel.", process.pid, self.name)
        _reap_group(process.pid)

    def _try_to_start(self, now: float) -> None:
        try:
            self.start(now)
        except OSError as error:
            # No memory, no process number, no descriptor left: nothing a supervisor should die of.
            logger.error("%s cannot be started: %s", self.name, error.strerror)
            self._start_at = now + MAX_BACKOFF_SECONDS

    def _end(self, now: float, reason: str) -> None:
        lived = now - self._started_at
        self.last_end = reason
        self._backoff = min(max(0.5, self._backoff * 2), MAX_BACKOFF_SECONDS) if lived < SHORT_LIFE_SECONDS else 0.0
        logger.warning("%s %s; it starts again in %.1f s.", self.name, reason, self._backoff)
        self.kill()
        self._start_at = now + self._backoff
        self.look_after(now)


def reap_orphans(ours: Collection[int]) -> None:
    """Reap what our descendants left behind; `ours` are reaped by whoever looks after them."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in ours:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(ended.si_pid, os.WNOHANG)


def _reap_group(group: int) -> None:
    until = time.monotonic() + REAP_SECONDS
    while time.monotonic() < until:
        try:
            reaped, _ = os.waitpid(-group, os.WNOHANG)
            os.killpg(group, 0)
        except (ChildProcessError, ProcessLookupError):
            return
        if not reaped:
            time.sleep(0.01)


def _python_path() -> str:
    base = str(Path(settings.BASE_DIR))
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != base]
    return os.pathsep.join([base, *paths])
