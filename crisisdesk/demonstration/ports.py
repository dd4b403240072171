"""Choosing ports: the usual one, or the next that is free, with a sentence that says so."""

from __future__ import annotations

import socket
from dataclasses import dataclass

HOST = "127.0.0.1"
TRIES = 20


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that listens already, so that nobody else takes its port; `note` says when it is another than usual."""

    socket: socket.socket
    port: int
    note: str = ""


def listen(wanted: int, purpose: str, option: str) -> Listener:
    """Listen on `wanted` (0: any), on one of the twenty above it, or on any: the first that is free on this machine."""
    for port in (*range(wanted, min(wanted + TRIES, 65_536)), 0) if wanted else (0,):
        try:
            taken = _listen(port)
        except OSError:
            continue
        chosen = taken.getsockname()[1]
        note = ""
        if wanted and chosen != wanted:
            note = f"Port {wanted} is busy, so {purpose} uses {chosen}. Choose one yourself with {option}."
        return Listener(taken, chosen, note)
    raise OSError(f"no port of this machine is free for {purpose}")


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
