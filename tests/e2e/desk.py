"""The desk as its own processes: database, web, both django-q clusters, supervisor."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from tests.e2e.mailbox import Mailbox

ROOT = Path(__file__).resolve().parents[2]


class Desk:
    """Started for one walk on a database of its own; `stop` ends every process of it."""

    def __init__(self, directory: Path, database_url: str, customer_mail: Mailbox, staff_mail: Mailbox) -> None:
        self.directory = directory
        self.port = 0
        self.token = ""
        self._log = (directory / "desk.log").open("wb")
        self._process: subprocess.Popen[bytes] | None = None
        self._answering: subprocess.Popen[str] | None = None
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))},
            "DATABASE_URL": database_url,
            "SECRET_KEY": "walk " * 12,
            "LINK_KEYS": "walk-" * 10,
            "CUSTOMER_MAIL_URL": f"smtp://127.0.0.1:{customer_mail.port}",
            "STAFF_MAIL_URL": f"smtp://127.0.0.1:{staff_mail.port}",
            "JOURNAL_DIR": str(directory / "journal"),
            "MEDIA_ROOT": str(directory / "media"),
            "PRODUCT_NAME": "Example Cloud",
            "CRISISDESK_TEST_RUN": "1",
            "CRISISDESK_LOOP_SECONDS": "20",
        }

    @property
    def url(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, port: int, *, only_web: bool = False) -> None:
        """Migrate, seed, start; wait until `/healthz` says that everything runs, or `/livez` that pages are served."""
        self.port = port
        self.env["BASE_URL"] = self.url
        self.shell("from django.core.management import call_command; call_command('migrate', verbosity=0)")
        self.token = json.loads(self.shell("from tests.e2e.seed import main; main()"))["token"]
        command = [sys.executable, "manage.py", "run", "--web-port", str(port)]
        if only_web:
            command = [sys.executable, "-m", "gunicorn", "crisisdesk.wsgi", "--bind", f"127.0.0.1:{port}"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=self._log, stderr=self._log, start_new_session=True
        )
        self._wait_until_well("livez" if only_web else "healthz")

    def stop(self) -> None:
        """End it as an operator would, then make sure."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(5)
        if self._answering is not None:
            self._answering.communicate()
        self._log.close()

    def manage(self, *arguments: str) -> str:
        """Run a management command against the walk's database and return what it prints."""
        return self._run(sys.executable, "manage.py", *arguments)

    def query(self, expression: str) -> Any:
        """Evaluate a Python expression over the models; the result comes back as JSON."""
        return json.loads(self.shell(f"import json; print(json.dumps({expression}, default=str))"))

    def shell(self, code: str) -> str:
        """Run code as in Django's shell, where all models are at hand, and return what it prints."""
        if self._answering is None:
            self._answering = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.answering"],
                cwd=ROOT,
                env={**self.env, "DJANGO_SETTINGS_MODULE": "crisisdesk.settings"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
            )
        assert self._answering.stdin is not None
        assert self._answering.stdout is not None
        self._answering.stdin.write(json.dumps(code) + "\n")
        self._answering.stdin.flush()
        ready, _, _ = select.select([self._answering.stdout], [], [], 120)
        said = self._answering.stdout.readline() if ready else ""
        assert said, f"nobody answers {code!r}:\n{self.log()}"
        answer = json.loads(said)
        assert not answer["failed"], f"{code!r} failed:\n{answer['failed']}"
        return str(answer["printed"])

    def log(self) -> str:
        """The last of what the processes printed."""
        return (self.directory / "desk.log").read_text(errors="replace")[-8000:]

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _wait_until_well(self, page: str) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self._process is not None
            assert self._process.poll() is None, f"the desk ended:\n{self.log()}"
            try:
                if requests.get(f"{self.url}/{page}", timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.2)
        raise AssertionError(f"the desk is not healthy after 60 s:\n{self.log()}")
