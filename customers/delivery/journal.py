"""The sender's local journal: what was attempted and answered, written before anything else is done with it.

One append-only file per run. A `write` survives the death of the process, which is what it is for; it need not survive
the machine. The file is locked while its run lives, so whoever can lock it may replay it. When all it says stands
in the database, it is emptied.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from crisisdesk.core.transports import Answer, Fault, Outcome

SUFFIX = ".journal"


def this_host() -> str:
    """The name of this machine in the names of runs."""
    return socket.gethostname()[:60]


def new_owner_name() -> str:
    """A name for a run, such as "web1-4711-9f3c…"; `host_of` reads the machine back."""
    return f"{this_host()}-{os.getpid()}-{uuid.uuid4().hex[:12]}"


def host_of(owner: str) -> str:
    """The machine a run was on."""
    return owner.rsplit("-", 2)[0]


@dataclass(slots=True)
class Replay:
    """What a journal says. `begun` holds the deliveries whose content began to leave without an answer since."""

    begun: set[int] = field(default_factory=set)
    answers: list[tuple[int, int, Answer]] = field(default_factory=list)
    repeats_safely: bool = True


class Journal:
    """The journal of one run; several threads may write to it."""

    def __init__(self, directory: Path, owner: str, *, repeats_safely: bool = True) -> None:
        """Creates the directory where needed. Raises OSError."""
        self.path = directory / f"{owner}{SUFFIX}"
        self._repeats_safely = repeats_safely
        self._lock = Lock()
        self._descriptor: int | None = None
        directory.mkdir(parents=True, exist_ok=True)

    def open(self) -> bool:
        """Lock the file for this run, making it where needed; False while somebody replays it."""
        with self._lock:
            if self._descriptor is None:
                self._descriptor = _open_locked(self.path, os.O_CREAT)
                if self._descriptor is not None and os.fstat(self._descriptor).st_size == 0:
                    self._write({"repeats_safely": self._repeats_safely})
            return self._descriptor is not None

    def begun(self, delivery_id: int) -> None:
        """Right before the content leaves. Raises OSError, on which nothing may be sent."""
        self._append({"b": delivery_id})

    def answered(self, delivery_id: int, attempt: int, answer: Answer) -> None:
        """Right after the answer. Raises OSError."""
        self._append({"a": delivery_id, "n": attempt} | asdict(answer))

    def empty(self) -> None:
        """Forget everything: it stands in the database."""
        with self._lock:
            if self._descriptor is not None:
                os.ftruncate(self._descriptor, 0)
                self._write({"repeats_safely": self._repeats_safely})

    def release(self) -> None:
        """Let others replay the file; a run that goes on opens it again."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def remove(self) -> None:
        """Delete the file; for a run that ends with everything recorded."""
        self.path.unlink(missing_ok=True)
        self.release()

    def replay(self) -> Replay:
        """What stands in our own file."""
        return read(self.path)

    def _append(self, record: dict[str, object]) -> None:
        with self._lock:
            self._write(record)

    def _write(self, record: dict[str, object]) -> None:
        if self._descriptor is None:
            raise OSError("The journal is not open.")
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        if os.write(self._descriptor, line) != len(line):
            raise OSError("The journal took only part of a line; is the disk full?")


def _open_locked(path: Path, flags: int = 0) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Somebody may have replayed and deleted it between the two calls.
        if os.fstat(descriptor).st_nlink > 0:
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def owners_in(directory: Path) -> list[str]:
    """The runs that left a journal here."""
    return sorted(path.name.removesuffix(SUFFIX) for path in directory.glob(f"*{SUFFIX}"))


@contextmanager
def taken_over(directory: Path, owner: str) -> Iterator[Replay | None]:
    """The journal of a run that has died, locked; None while the run lives. Deleted when the block ends well."""
    path = directory / f"{owner}{SUFFIX}"
    try:
        descriptor = _open_locked(path)
    except FileNotFoundError:
        descriptor = None
    if descriptor is None:
        yield None
        return
    try:
        yield read(path)
        path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def read(path: Path) -> Replay:
    """Read a journal. A line cut off by a full disk is passed over: it was never acted on."""
    replay = Replay()
    for record in _records(path.read_bytes().splitlines()):
        if "b" in record:
            replay.begun.add(record["b"])
        elif "a" in record:
            delivery_id, attempt = record.pop("a"), record.pop("n")
            replay.begun.discard(delivery_id)
            answer = Answer(**record | {"outcome": Outcome(record["outcome"]), "fault": Fault(record["fault"])})
            replay.answers.append((delivery_id, attempt, answer))
        else:
            replay.repeats_safely = record.get("repeats_safely", True)
    return replay


def _records(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue
