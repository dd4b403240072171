"""A mail server and a real desk (`manage.py run`), for as long as a fault lasts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connections

from crisisdesk.core import clock
from crisisdesk.core.models import AuditEntry, Lease
from customers.models import Delivery, MessageState
from incidents.models import Notification
from tests.faults.checks import Findings
from tests.faults.mail_ledger import MailServer
from tests.faults.rules import Rules

BASE = Path(__file__).resolve().parents[2]
CONNECTIONS = 4
STOP_SECONDS = 30.0
POLL_SECONDS = 0.05


class Desk:
    """The supervisor and all it starts. Whoever kills the supervisor starts it again, as systemd does."""

    def __init__(self, folder: Path, mail: MailServer, options: str = "") -> None:
        self.mail = mail
        self.folder = folder
        self.log = folder / "desk.log"
        self.parts = folder / "parts"
        self.parts.mkdir(exist_ok=True)
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_PARTS": str(self.parts),
            "CUSTOMER_MAIL_URL": f"{mail.url}?connections={CONNECTIONS}&timeout=5{options}",
            "STAFF_MAIL_URL": f"{mail.url}?timeout=5",
            # Hand-overs from run to run happen while something is killed, too.
            "CRISISDESK_LOOP_SECONDS": "20",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(BASE),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the supervisor."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the supervisor."""
        with self.log.open("ab") as log:
            command = [sys.executable, "manage.py", "run", "--no-web"]
            self._process = subprocess.Popen(command, cwd=BASE, env=self.environment, stdout=log, stderr=log)

    def restart_if_dead(self) -> bool:
        """As `Restart=always` in its unit."""
        if self._process is not None and self._process.poll() is None:
            return False
        self.start()
        return True

    def stop(self) -> None:
        """End it in order, or else by force."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float = 60.0) -> float:
        """Until it is true, and how long that took; a database that is away is asked again. RuntimeError after that."""
        began = time.monotonic()
        while not _asked(condition):
            if time.monotonic() - began > seconds:
                raise RuntimeError(f"{what} did not come within {seconds:.0f} s.\n{self.said()}")
            time.sleep(POLL_SECONDS)
        return time.monotonic() - began

    def all_loops_run(self) -> bool:
        """Whether a living process of this machine holds each lease."""
        now = clock.now()
        rows = list(Lease.objects.all())
        return bool(rows) and all(
            row.expires_at is not None and row.expires_at > now and row.pid is not None and is_alive(row.pid)
            for row in rows
        )

    def come_to_rest(self, seconds: float = 180.0) -> None:
        """Until everything is sent, told and sealed."""
        self.wait_for(_is_at_rest, "rest", seconds)

    def compared(self, compare: Callable[[], Findings], seconds: float = 180.0) -> Findings:
        """What a comparison finds at rest.

        The desk goes on telling people of what is not done. What it began between its rest and the comparison is no
        finding; a real one is found again.
        """
        for _ in range(3):
            self.come_to_rest(seconds)
            found = compare()
            if not found.violations:
                break
        return found


def _asked(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except (DatabaseError, InterfaceError):
        connections.close_all()
        return False


def _is_at_rest() -> bool:
    return not (
        Delivery.objects.open().exclude(message__state=MessageState.PAUSED).exists()
        or Notification.objects.filter(state__in=("queued", "sending")).exists()
        or AuditEntry.objects.filter(seal=None).exists()
    )


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(pid: int) -> None:
    """As the kernel does when memory is short."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextmanager
def a_desk(folder: Path, rules: Rules | None = None, options: str = "") -> Iterator[Desk]:
    """A running desk that sends to a mail server of its own; everything is gone afterwards."""
    with MailServer(folder, rules) as mail:
        desk = Desk(folder, mail, options)
        desk.start()
        try:
            desk.wait_for(desk.all_loops_run, "the loops", 120)
            yield desk
        finally:
            desk.stop()
