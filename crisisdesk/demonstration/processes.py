"""The processes of the demonstration: started together, watched, ended together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from crisisdesk.core.engine.lifeline import dying_with

STOP_SECONDS = 15.0
POLL_SECONDS = 0.2


@dataclass(slots=True)
class Family:
    """Children, each in a session of its own so that Ctrl-C reaches only us, and dying with us if we are killed."""

    variables: Mapping[str, str]
    _children: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)
    _stop_signals: int = 0

    def start(self, name: str, arguments: Sequence[str], *, sockets: Collection[int] = ()) -> None:
        """Start a child with our interpreter; it inherits the sockets given."""
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, *arguments],
            env=dict(self.variables),
            start_new_session=True,
            pass_fds=tuple(sockets),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Safe where no threads are: the command has none.
            preexec_fn=dying_with(os.getpid()),
        )
        self._children.append((name, process))

    def ended(self) -> str:
        """The name of a child that has ended by itself, or ""."""
        return next((name for name, process in self._children if process.poll() is not None), "")

    def listen_for_the_end(self) -> None:
        """Take note of Ctrl-C, SIGTERM and a closed terminal."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._note_signal())

    def should_end(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stop_signals > 0

    def stop(self) -> None:
        """Ask all to end, the last started first; kill what has not after fifteen seconds, or at a second Ctrl-C."""
        asked = self._stop_signals
        for _, process in reversed(self._children):
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and self._stop_signals <= asked:
            if all(process.poll() is not None for _, process in self._children):
                break
            time.sleep(POLL_SECONDS / 4)
        for _, process in self._children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._children.clear()

    def _note_signal(self) -> None:
        self._stop_signals += 1


def answers(port: int, path: str) -> bool:
    """Whether a page of this machine answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
