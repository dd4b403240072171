"""What ties the processes of a cluster to the supervisor that started them.

A socket, inherited by every process of the cluster. Upwards go short lines: "ok" when a probe has been through the
whole cluster, "busy 123" and "idle 123" when a worker takes up and finishes a task. Downwards comes only its end:
the supervisor stops, so loops finish their pass and go home. No database is needed for any of it.

Linux besides kills a child when its parent dies (PR_SET_PDEATHSIG), set anew in each process django-q2 forks, so
that no worker outlives its sentinel, and nothing its supervisor, to run unsupervised beside the next cluster.

A process nobody supervises (`manage.py qcluster`, the web, a command) has no lifeline; everything here then does
nothing.
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from django_q.signals import post_execute_in_worker, pre_execute

logger = logging.getLogger(__name__)

SOCKET_VARIABLE = "CRISISDESK_LIFELINE"
CLUSTER_VARIABLE = "CRISISDESK_CLUSTER"
PROBE = "probe"

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class _Tie:
    """This process's end of the lifeline."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.cluster = ""
        self.forked_by = 0


_tie = _Tie()


def join() -> bool:
    """Take up the lifeline if this process was given one; whether there is one. Called again it does nothing."""
    if _tie.socket is not None:
        return True
    number = os.environ.pop(SOCKET_VARIABLE, "")
    if not number:
        return False
    try:
        _tie.socket = socket.socket(fileno=int(number))
    except (OSError, ValueError):
        # A program some task started: it inherited the variable, not the socket.
        return False
    _tie.socket.setblocking(False)
    _tie.cluster = os.environ.get(CLUSTER_VARIABLE, "")
    # The sentinel is the first to come here. Its parent leads the session that the supervisor opened.
    if os.getsid(0) != os.getpid():
        die_with_parent(os.getsid(0))
    os.register_at_fork(before=_remember_parent, after_in_child=_die_with_the_one_who_forked)
    pre_execute.connect(_on_start, dispatch_uid="crisisdesk.lifeline")
    post_execute_in_worker.connect(_on_end, dispatch_uid="crisisdesk.lifeline")
    return True


def cluster_id() -> str:
    """The supervised cluster this process belongs to; empty when nobody supervises it."""
    return _tie.cluster


def say(line: str) -> None:
    """Tell the supervisor; a line that does not fit is dropped, the next one follows soon."""
    if _tie.socket is None:
        return
    try:
        _tie.socket.send(line.encode() + b"\n")
    except OSError:
        logger.debug("The supervisor did not take “%s”.", line)


def ended(wait_seconds: float = 0.0) -> bool:
    """Wait that long, or until the supervisor stops this cluster; whether it does."""
    if _tie.socket is None:
        time.sleep(wait_seconds)
        return False
    readable, _, _ = select.select([_tie.socket], [], [], wait_seconds)
    return bool(readable)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when `parent`, which must be its parent now, dies. Linux only."""
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # It died before we asked.
        os._exit(1)


def adopt_orphans() -> None:
    """Make this process the parent of whatever its descendants leave behind, to reap it. Linux only."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def is_alive(pid: int) -> bool:
    """Whether a process of our own descent still exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def dying_with(parent: int) -> Callable[[], None]:
    """What a child runs between fork and exec so that it does not outlive its supervisor."""

    def prepare() -> None:
        die_with_parent(parent)

    return prepare


def _remember_parent() -> None:
    _tie.forked_by = os.getpid()


def _die_with_the_one_who_forked() -> None:
    die_with_parent(_tie.forked_by)


def _on_start(task: dict[str, Any], **_: object) -> None:
    if task["name"] != PROBE:
        say(f"busy {os.getpid()}")


def _on_end(task: dict[str, Any], **_: object) -> None:
    if task["name"] != PROBE:
        say(f"idle {os.getpid()}")
