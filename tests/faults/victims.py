"""The processes of a running desk by the part they play: what a fault is aimed at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crisisdesk.core.models import Lease
from tests.core.engine.desk import children_of


@dataclass(frozen=True, slots=True)
class Victim:
    """A living process: worker, monitor, pusher, sentinel, cluster or supervisor; of the cluster named."""

    pid: int
    part: str
    cluster: str = ""


def living(supervisor: int, parts: Path) -> list[Victim]:
    """Everything under a supervisor, from /proc and the notes of `victims_app`; itself first."""
    found = [Victim(supervisor, "supervisor")]
    for pid in _descendants(supervisor):
        note = parts / str(pid)
        if note.exists():
            part, _, cluster = note.read_text().partition(" ")
            found.append(Victim(pid, part, cluster))
    return found


def senders() -> set[int]:
    """The processes that hold a sender's lease."""
    return _holders("sender")


def notifiers() -> set[int]:
    """The process that holds the notifier's lease."""
    return _holders("notifier")


def _holders(name: str) -> set[int]:
    held = Lease.objects.filter(name__startswith=name).exclude(pid=None)
    return {pid for pid in held.values_list("pid", flat=True) if pid is not None}


def _descendants(parent: int) -> Iterator[int]:
    for pid in children_of(parent):
        yield pid
        yield from _descendants(pid)
