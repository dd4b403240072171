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
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from crisisdesk.core.transports import Answer, Fault, Outcome

SUFFIX = ".journal"


PLACE = "place"


def this_host(directory: Path) -> str:
    """The name in the names of runs of the machine whose journals are in this directory, such as "web1.5f0c91d2".

    Its second half is drawn once and kept in the directory: what is on another disk, or on a disk that was lost, is
    another machine's, whatever that calls itself. Raises OSError.
    """
    return f"{socket.gethostname()[:50]}.{_place(directory)}"


def _place(directory: Path) -> str:
    path = directory / PLACE
    directory.mkdir(parents=True, exist_ok=True)
    # Complete at once: of two that draw, one's is taken by both.
    fresh = directory / f".{PLACE}-{uuid.uuid4().hex}"
    try:
        if not path.exists():
            fresh.write_text(uuid.uuid4().hex[:8])
            os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink(missing_ok=True)
    return path.read_text()


def new_owner_name(directory: Path) -> str:
    """A name for a run, such as "web1.5f0c91d2-4711-9f3c…"; `host_of` reads the machine back. Raises OSError."""
    return f"{this_host(directory)}-{os.getpid()}-{uuid.uuid4().hex[:12]}"


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
        self._is_cut_off = False
        directory.mkdir(parents=True, exist_ok=True)

    def open(self) -> bool:
        """Lock the file for this run, making it where needed; False while somebody replays it."""
        with self._lock:
            if self._descriptor is None:
                self._descriptor = descriptor = _open_locked(self.path, os.O_CREAT)
                if descriptor is not None and os.fstat(descriptor).st_size == 0:
                    self._begin_or_close(descriptor)
            return self._descriptor is not None

    def begun(self, delivery_id: int) -> None:
        """Right before the content leaves. Raises OSError, on which nothing may be sent."""
        self.write(begun_line(delivery_id))

    def answered(self, delivery_id: int, attempt: int, answer: Answer) -> None:
        """Right after the answer. Raises OSError."""
        self.write(answered_line(delivery_id, attempt, answer))

    def write(self, lines: bytes) -> None:
        """Append finished lines, of several mails maybe, by one system call. Raises OSError."""
        with self._lock:
            self._append(lines)

    def empty(self) -> None:
        """Forget everything: it stands in the database."""
        with self._lock:
            if self._descriptor is not None:
                os.ftruncate(self._descriptor, 0)
                self._begin()

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

    def _append(self, lines: bytes) -> None:
        if self._descriptor is None:
            raise OSError("The journal is not open.")
        if self._is_cut_off:
            lines = b"\n" + lines
        self._is_cut_off = os.write(self._descriptor, lines) != len(lines)
        if self._is_cut_off:
            raise OSError("The journal took only part of a line; is the disk full?")

    def _begin_or_close(self, descriptor: int) -> None:
        try:
            self._begin()
        except OSError:
            # A journal without its first line is none: the next try writes it.
            os.ftruncate(descriptor, 0)
            os.close(descriptor)
            self._descriptor = None
            raise

    def _begin(self) -> None:
        self._is_cut_off = False
        self._append(_line({"repeats_safely": self._repeats_safely}))


def begun_line(delivery_id: int) -> bytes:
    """What says that a content is about to leave."""
    return b'{"b":%d}\n' % delivery_id


def answered_line(delivery_id: int, attempt: int, answer: Answer) -> bytes:
    """What says how an attempt was answered."""
    said = ",".join(f'"{key}":{_quoted(getattr(answer, key))}' for key in _SAID)
    repeatable = "true" if answer.is_repeatable else "false"
    return f'{{"a":{delivery_id},"n":{attempt},"is_repeatable":{repeatable},{said}}}\n'.encode()


_SAID = ("outcome", "code", "text", "transport", "provider_id", "fault", "received_as")
# ASCII throughout, which a line of a file wants.
_quoted = json.encoder.encode_basestring_ascii


def _line(record: dict[str, object]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


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
