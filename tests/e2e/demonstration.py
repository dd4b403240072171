"""The demonstration as its own processes, for tests that look at every page of a desk that has a past."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crisisdesk.demonstration.environment import environment
from tests.e2e.desk import ROOT

# A directory from which a demonstration runs already: a test looks at that one and leaves it running.
RUNNING = "CRISISDESK_TEST_DEMONSTRATION"


@dataclass(frozen=True)
class Demonstration:
    """A running demonstration, kept in `home`."""

    home: Path

    @property
    def url(self) -> str:
        """Where the desk is."""
        return f"http://127.0.0.1:{json.loads((self.home / 'running.json').read_text())['port']}"

    def password(self, username: str) -> str:
        """What this person signs in with."""
        return str(json.loads((self.home / "logins.json").read_text())[username])

    def shell(self, code: str) -> Any:
        """Run code in Django's shell on its database; what it prints, read as JSON."""
        variables = environment(self.home / "env", os.environ)
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
        done = subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@contextmanager
def demonstration(home: Path) -> Iterator[Demonstration]:
    """Start one on free ports and end it, its alarm not fired."""
    if running := os.environ.get(RUNNING):
        yield Demonstration(Path(running))
        return
    ports = ["--port", "0", "--mail-port", "0", "--tray-port", "0"]
    command = [sys.executable, "manage.py", "demo", "--data-dir", str(home), *ports]
    # Into a file: a pipe that nobody reads is full one day, and who writes to it stands still.
    said = home.with_suffix(".log")
    with said.open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        while "\nReady after" not in said.read_text():
            assert process.poll() is None, "the demonstration ended:\n" + said.read_text()
            time.sleep(0.2)
        yield Demonstration(home)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
