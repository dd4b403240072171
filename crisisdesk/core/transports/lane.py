"""A connection and the dialogue over it, driven by whoever watches its socket; never waits."""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
from collections.abc import Callable
from threading import Thread
from typing import Generic

from crisisdesk.core.transports.answers import Answer
from crisisdesk.core.transports.config import MailConfig
from crisisdesk.core.transports.dialogue import Counter, Dialogue, Ticket
from crisisdesk.core.transports.smtp import connect, not_connected

logger = logging.getLogger(__name__)

# A connection without work is closed after this; servers hang up on idle clients anyway.
IDLE_SECONDS = 20.0
CHUNK = 64 * 1024
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

Dialled = smtplib.SMTP | Answer


def dial(config: MailConfig, done: Callable[[Dialled], None]) -> None:
    """Connect, secure and sign in on a thread of its own; `done` gets the client, or why there is none."""

    def work() -> None:
        try:
            client = connect(config)
        except OSError as error:
            done(not_connected(error, config.name))
        else:
            done(client)

    Thread(target=work, name="sender-dials", daemon=True).start()


class Lane(Generic[Ticket]):
    """One connection. `until` is the monotonic moment at which its silence is too long."""

    def __init__(self, config: MailConfig, client: smtplib.SMTP, counter: Counter[Ticket], now: float) -> None:
        assert client.sock is not None  # noqa: S101 - it is connected
        self.socket: socket.socket = client.sock
        self.socket.setblocking(False)
        self.dialogue = Dialogue(client.esmtp_features, counter, name=config.name)
        self._config = config
        self._is_secured = isinstance(self.socket, ssl.SSLSocket)
        self.until = now + IDLE_SECONDS
        self._is_resting = True
        self._content, self._content_until = 0, 0.0

    def read(self, now: float) -> None:
        """Take in what has come. Only a whole reply prolongs the patience: one that drips is silent."""
        heard = self.dialogue.replies
        while self.dialogue.is_open:
            try:
                data = self.socket.recv(CHUNK)
            except _NOT_NOW:
                break
            except OSError:
                data = b""
            if not data:
                self.dialogue.lost()
                return
            self.dialogue.receive(data)
            # What TLS has taken off the socket already wakes nobody.
            if not self._is_secured:
                break
        if self.dialogue.replies != heard:
            self._wait_from(now)

    def write(self, now: float) -> None:
        """Write what goes; the rest is left in the dialogue's `out`. Only progress prolongs the patience."""
        out = self.dialogue.out
        before = len(out)
        try:
            while out:
                # TLS wants the same bytes again after it could not write: `out` only grows behind them.
                self.dialogue.sent(self.socket.send(out))
        except _NOT_NOW:
            pass
        except OSError:
            self.dialogue.lost()
        if len(out) < before or self._is_resting:
            self._wait_from(now)

    def is_overdue(self, now: float) -> bool:
        """Whether the other side has been silent for too long, or there was nothing to say for a good while."""
        return now >= self.until

    def hang_up(self) -> None:
        """Close the connection, politely when nothing is under way."""
        try:
            if self.dialogue.is_open and self.dialogue.is_idle:
                self.socket.send(b"QUIT\r\n")
        except OSError:
            logger.debug("The server was gone before QUIT.")
        finally:
            self.dialogue.is_open = False
            self.socket.close()

    def _wait_from(self, now: float) -> None:
        """A content is written and answered within `longest_attempt`, however slowly the other side takes it."""
        self._is_resting = self.dialogue.is_idle
        if self._content != self.dialogue.contents:
            self._content, self._content_until = self.dialogue.contents, now + self._config.longest_attempt
        if self.dialogue.is_idle:
            self.until = now + IDLE_SECONDS
        elif self.dialogue.awaits_content_answer:
            self.until = now + self._config.data_timeout
        else:
            self.until = now + self._config.timeout
        if self.dialogue.holds_content:
            self.until = min(self.until, self._content_until)
