"""The mails received, newest last, in a small SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Lock

KEPT = 20_000
# How many mails come in between two looks at the limit.
PRUNE_EVERY = 500
_COLUMNS = "id, at, sender, recipient, subject, bytes"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it is listed; `at` is when it was received (UTC), `size` in bytes."""

    id: int
    at: datetime
    sender: str
    recipient: str
    subject: str
    size: int


class Store:
    """Keeps the newest mails. Safe to use from several threads."""

    def __init__(self, path: Path, *, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, sender TEXT,"
            " recipient TEXT, subject TEXT, bytes INTEGER, content BLOB)"
        )

    def add(self, sender: str, recipients: Sequence[str], content: bytes, at: datetime) -> None:
        """Keep one mail for each recipient; the oldest beyond the limit go."""
        subject = _subject_of(content)
        with self._lock:
            for recipient in recipients:
                row = (at.timestamp(), sender, recipient, subject, len(content), content)
                added = self._connection.execute(
                    "INSERT INTO mail (at, sender, recipient, subject, bytes, content) VALUES (?, ?, ?, ?, ?, ?)", row
                )
                if added.lastrowid and added.lastrowid % PRUNE_EVERY == 0:
                    self._connection.execute("DELETE FROM mail WHERE id <= ?", (added.lastrowid - self._kept,))

    def listed(self, *, search: str = "", before: int | None = None, count: int = 50) -> list[Mail]:
        """The newest `count` before the id given, of those whose recipient or subject contains `search`."""
        pattern = "%" + search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM mail WHERE id < ?"  # noqa: S608 - a constant
                r" AND (recipient LIKE ? ESCAPE '\' OR subject LIKE ? ESCAPE '\') ORDER BY id DESC LIMIT ?",
                (before if before is not None else 2**62, pattern, pattern, count),
            ).fetchall()
        return [_mail(row) for row in rows]

    def total(self) -> int:
        """How many there are."""
        with self._lock:
            return int(self._connection.execute("SELECT count(*) FROM mail").fetchone()[0])

    def get(self, number: int) -> tuple[Mail, bytes] | None:
        """One mail with its content, or None."""
        with self._lock:
            row = self._connection.execute(
                f"SELECT {_COLUMNS}, content FROM mail WHERE id = ?",  # noqa: S608 - a constant
                (number,),
            ).fetchone()
        return (_mail(row[:6]), bytes(row[6])) if row else None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def parsed(content: bytes) -> EmailMessage:
    """The mail with decoded headers and parts."""
    return message_from_bytes(content, policy=policy.default)


def _mail(row: tuple[int, float, str, str, str, int]) -> Mail:
    number, at, sender, recipient, subject, size = row
    return Mail(number, datetime.fromtimestamp(at, UTC), sender, recipient, subject, size)


def _subject_of(content: bytes) -> str:
    head = content.partition(b"\r\n\r\n")[0]
    try:
        return " ".join(str(parsed(head)["Subject"] or "").split())[:300]
    except (ValueError, LookupError, TypeError):
        return "(subject that can't be read)"
