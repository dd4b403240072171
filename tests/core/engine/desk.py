"""A desk of real processes on a database of its own: `manage.py run --no-web` and what it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

BASE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Line:
    """What a pass or a task of the app `ticking` wrote."""

    word: str
    at: float
    pid: int
    number: int


class Desk:
    """Start, watch, hurt and stop it."""

    def __init__(self, folder: Path, database_url: str, read: Callable[[str], list[tuple[object, ...]]]) -> None:
        self.ticks = folder / "ticks"
        self.log = folder / "log"
        self.read = read
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.core.engine.ticking.settings",
            "DATABASE_URL": database_url,
            "TICKS": str(self.ticks),
            "SECRET_KEY": "of this test alone",
            "CRISISDESK_LOOP_SECONDS": "5",
        }
        self.supervisors: list[subprocess.Popen[bytes]] = []
        self._prober: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> None:
        """Run a command to its end."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=BASE, env=self.environment, check=True, timeout=120)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a supervisor."""
        with self.log.open("ab") as log:
            command = [sys.executable, "manage.py", "run", *(arguments or ["--no-web"])]
            process = subprocess.Popen(command, cwd=BASE, env=self.environment, stdout=log, stderr=log)
        self.supervisors.append(process)
        return process

    def probe(self, cluster: str) -> None:
        """Queue small tasks for that cluster from now on."""
        command = [sys.executable, "-m", "tests.core.engine.ticking.prober", cluster]
        self._prober = subprocess.Popen(command, cwd=BASE, env=self.environment)

    def stop(self) -> None:
        """End everything; the supervisors in order."""
        if self._prober:
            self._prober.kill()
            self._prober.wait()
        for process in self.supervisors:
            if process.poll() is None:
                process.terminate()
        for process in self.supervisors:
            process.wait(20)

    def lease_pids(self) -> set[int]:
        """The processes that hold a lease."""
        return {int(str(row[0])) for row in self.read("SELECT pid FROM core_lease WHERE pid IS NOT NULL")}

    def beating_clusters(self) -> set[str]:
        """Those that have answered their supervisor."""
        names = self.read("SELECT name FROM core_heartbeat WHERE kind = 'cluster'")
        return {str(row[0]).split()[1] for row in names}

    def beating_supervisors(self) -> set[str]:
        """Those that have said that they live."""
        return {str(row[0]) for row in self.read("SELECT name FROM core_heartbeat WHERE kind = 'supervisor'")}

    def queued(self, cluster: str) -> int:
        """Tasks of the cluster that wait, run or were never acknowledged."""
        ((count,),) = self.read(f"SELECT count(*) FROM django_q_ormq WHERE key = '{cluster}'")  # noqa: S608 - our word
        return int(str(count))

    def lines(self, word: str) -> list[Line]:
        """What was written under that word, in order."""
        if not self.ticks.exists():
            return []
        rows = [line.split() for line in self.ticks.read_text().splitlines()]
        return [Line(row[0], float(row[1]), int(row[2]), int(row[3])) for row in rows if row[0] == word]

    def logged(self) -> str:
        """What all of it wrote to its log."""
        return self.log.read_text(errors="replace")

    def wait_for(self, condition: Callable[[], object], seconds: float = 30.0, what: str = "it") -> None:
        """Until it is true; AssertionError with the log otherwise."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"{what} did not happen in {seconds:.0f} s.\n{self.logged()[-4000:]}"
            time.sleep(0.05)

    def wait_until_ticking(self, seconds: float = 30.0) -> None:
        """Until both loops have made a pass after now."""
        since = time.time()
        self.wait_for(lambda: self._ticked(since, "tick") and self._ticked(since, "tock"), seconds, "a pass")

    def _ticked(self, since: float, word: str) -> bool:
        return any(line.at > since for line in self.lines(word))

    def main_of(self, cluster: str) -> int:
        """The first process of a cluster of the newest supervisor."""
        wanted = {"loops": "loops", "default": None}[cluster]
        for pid in children_of(self.supervisors[-1].pid):
            variables = environment_of(pid)
            if "CRISISDESK_CLUSTER" in variables and variables.get("Q_CLUSTER_NAME") == wanted:
                return pid
        raise LookupError(cluster)

    def role(self, cluster: str, role: str) -> int:
        """The process of a fresh cluster that plays the role: it forks workers, monitor and pusher in this order."""
        main = self.main_of(cluster)
        (sentinel,) = children_of(main)
        *workers, monitor, pusher = sorted(children_of(sentinel))
        idle = [pid for pid in workers if pid not in self.lease_pids()]
        return {
            "cluster": main,
            "sentinel": sentinel,
            "monitor": monitor,
            "pusher": pusher,
            "busy worker": self.lines("tick")[-1].pid,
            # Of the idle ones the one that waits for the queue holds its lock; the others wait for the lock.
            "idle worker": next((pid for pid in idle if "pipe" in waiting_in(pid)), idle[0]),
        }[role]


def hurt(pid: int, number: signal.Signals, *, group: bool = False) -> None:
    """Send a signal to one process or to its whole group."""
    if group:
        os.killpg(os.getpgid(pid), number)
    else:
        os.kill(pid, number)


def children_of(parent: int) -> list[int]:
    """From /proc, zombies left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def group_of(leader: int) -> list[int]:
    """All living processes of the group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == leader and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def waiting_in(pid: int) -> str:
    """The function of the kernel the process sleeps in; empty when this machine does not tell."""
    try:
        return Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return ""


def environment_of(pid: int) -> Mapping[str, str]:
    """From /proc; empty when it is gone."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(pair.split("=", 1) for pair in raw.decode(errors="replace").split("\0") if "=" in pair)
