"""The loops that must never stand still: a name and a pass over the rows.

Knows no model, so that an app's `AppConfig` can register its loops.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

# The django-q2 cluster that runs them.
CLUSTER = "loops"


class Guard(Protocol):
    """The lease as a pass sees it."""

    @property
    def fence(self) -> int:
        """Grows with every new holder: write it beside what you claim, refuse what carries a smaller one."""

    def held(self) -> bool:
        """Whether the right to act still stands, by the monotonic clock; costs nothing, any thread may ask."""

    def keep(self) -> bool:
        """Renew when a second has gone by, then `held()`.

        A pass that lasts calls it between two pieces of work, outside a transaction and from the thread it was
        started in.
        """


@dataclass(frozen=True, slots=True)
class Pass:
    """One look at the rows. `now` is the database's time (UTC), read once for the whole pass."""

    now: datetime
    lease: Guard


@dataclass(frozen=True, slots=True)
class Loop:
    """A pass that is made again and again by one process of the whole installation.

    `run_pass` returns the number of rows it handled: after more than none it is called again after `rest_seconds`,
    otherwise after `idle_seconds`. A rest lets what trickles in be handled in handfuls, which costs the processors a
    fraction of a pass for each row. It must be short (well under the lease's five seconds, or call `lease.keep()`),
    find its work in the tables alone, and bear being cut off anywhere by `kill -9`. What it raises is logged without
    its message, and it is called again after a growing pause. `niceness` is how far it stands behind the others when
    processors are short (0 to 19, as of `nice`); its run and the threads that it starts have it, not the process.
    """

    name: str
    run_pass: Callable[[Pass], int]
    idle_seconds: float = 0.25
    niceness: int = 0
    rest_seconds: float = 0.0


_loops: dict[str, Loop] = {}


def register(loop: Loop) -> None:
    """Add a loop; call it from `AppConfig.ready`. ValueError when another one has its name."""
    known = _loops.setdefault(loop.name, loop)
    if known != loop:
        raise ValueError(f"Two loops are called “{loop.name}”; give one of them another name.")


def registered() -> tuple[Loop, ...]:
    """All loops, by name."""
    return tuple(sorted(_loops.values(), key=lambda loop: loop.name))


def get(name: str) -> Loop | None:
    """The loop of that name; None when this version of the code does not know it."""
    return _loops.get(name)
