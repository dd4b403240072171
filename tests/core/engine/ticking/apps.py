"""An app whose loops leave a line in a file for each pass, so that tests of real processes can watch them."""

from __future__ import annotations

import os
import time

from django.apps import AppConfig

from crisisdesk.core.engine import loops


def tick(p: loops.Pass) -> int:
    """Write down who made this pass and when."""
    write("tick", p.lease.fence)
    return 0


def tock(p: loops.Pass) -> int:
    """As tick; two loops are never run by one process at a time."""
    write("tock", p.lease.fence)
    return 0


def poison(p: loops.Pass) -> int:
    """A pass that always fails, quoting an address."""
    raise ValueError("mallory@acme.example")


def note(number: int) -> None:
    """A task beside the loops."""
    write("note", number)


def write(word: str, number: int) -> None:
    """Append a line: word, time, process, number."""
    line = f"{word} {time.time():.3f} {os.getpid()} {number}"
    descriptor = os.open(os.environ["TICKS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode() + b"\n")
    os.close(descriptor)


class TickingConfig(AppConfig):
    """Registers the loops."""

    name = "tests.core.engine.ticking"
    label = "ticking"

    def ready(self) -> None:
        """As any app does."""
        loops.register(loops.Loop("tick", tick, idle_seconds=0.05))
        # A version of the code that is older does not know this loop yet.
        if os.environ.get("TICKING_VERSION") != "old":
            loops.register(loops.Loop("tock", tock, idle_seconds=0.05))
        loops.register(loops.Loop("poison", poison, idle_seconds=0.05))
