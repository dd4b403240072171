"""What the mail server accepted: its ledger, read as it grows, and the server as a context."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.faults.rules import Rules

BASE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail the server took responsibility for. `answered`: whether it said so before it hung up."""

    at: float
    connection: int
    mail_id: str
    date: str
    recipient: str
    tokens: tuple[str, ...]
    link: str
    digest: str
    answered: bool = True


class MailLedger:
    """The file, read as far as it goes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_to = 0
        self._rows: list[Accepted] = []

    def rows(self) -> list[Accepted]:
        """Everything accepted so far, in order."""
        if not self.path.exists():
            return self._rows
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read_to += len(line)
                values = json.loads(line)
                self._rows.append(Accepted(**values | {"tokens": tuple(values["tokens"])}))
        return self._rows


class MailServer:
    """The server's process, its rules and its ledger."""

    def __init__(self, folder: Path, rules: Rules | None = None) -> None:
        self.ledger = MailLedger(folder / "accepted.jsonl")
        self.rules_path = folder / "rules.json"
        (rules or Rules()).write(self.rules_path)

    def rule(self, rules: Rules) -> None:
        """From now on so."""
        rules.write(self.rules_path)

    @property
    def url(self) -> str:
        """As a setting names it."""
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> MailServer:
        command = [sys.executable, "-m", "tests.faults.mail_server", str(self.ledger.path), str(self.rules_path)]
        self._process = subprocess.Popen(
            command, cwd=BASE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(BASE)}
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
