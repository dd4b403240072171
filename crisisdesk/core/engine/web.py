"""The web processes as the supervisor sees them."""

from __future__ import annotations

import socket
from collections.abc import Collection

from crisisdesk.core.engine.processes import ManagedProcess

BACKLOG = 2048
GRACE_SECONDS = 8


class Web(ManagedProcess):
    """gunicorn on a socket that the supervisor holds, so that a restart refuses no connection."""

    def __init__(self, listener: socket.socket, workers: int) -> None:
        self.listener = listener
        arguments = [
            *("-m", "gunicorn", "crisisdesk.wsgi"),
            *("--bind", f"fd://{listener.fileno()}"),
            *("--worker-class", "gthread", "--threads", "4", "--workers", str(workers)),
            *("--graceful-timeout", str(GRACE_SECONDS)),
            *("--log-level", "warning"),
            "--no-control-socket",
        ]
        super().__init__("web", arguments, {})

    def descriptors(self) -> Collection[int]:
        """The listening socket."""
        return (self.listener.fileno(),)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
