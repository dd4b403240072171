"""The sender's side of the thread that holds its SMTP connections; the thread itself never touches the database."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from socket import socketpair
from threading import Event, Thread
from time import sleep

from django.conf import settings

from crisisdesk.core.transports.config import MailConfig
from customers.delivery.job import Job
from customers.delivery.journal import Journal
from customers.delivery.limits import parse_limits
from customers.delivery.lines import Lines
from customers.delivery.pool import ThreadsEnded
from customers.delivery.record import Answered

logger = logging.getLogger(__name__)

# Answers are gathered for a moment: looking at each one by itself would take the other thread's time away.
GATHER_SECONDS = 0.01


class Switchboard:
    """As `pool.Pool`, for SMTP. `may_send(message id)` is asked before a mail is written and before it leaves.

    `begins_slow` may be set to False: mails of domains that answer late then wait. `waits_long` says whether such an
    answer is waited for.
    """

    def __init__(
        self,
        config: MailConfig,
        *,
        journal: Journal,
        may_send: Callable[[int], bool],
        part: tuple[int, int] = (0, 1),
    ) -> None:
        """`part`: which of how many senders this is, whose limits are shared. Raises ImproperlyConfigured."""
        parse_limits(tuple(settings.DOMAIN_LIMITS))
        self.in_flight = 0
        self.begins_slow = True
        # What follows is shared with the thread.
        self.config = config
        self.journal = journal
        self.part = part
        self.coming: deque[Job] = deque()
        self.done: deque[Answered] = deque()
        self.some_done = Event()
        self.is_retired = self.waits_long = False
        self.aside = 0
        self.fault = ""
        self.ear, self._bell = socketpair()
        self.ear.setblocking(False)
        self._bell.setblocking(False)
        self._may_send = may_send
        self._thread = Thread(target=Lines(self).run, name="sender-lines", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Jobs that no connection has taken up yet, about; those of slow domains left out."""
        return len(self.coming) + self.aside

    def put(self, jobs: Sequence[Job]) -> None:
        """Hand jobs over; main thread only."""
        self.in_flight += len(jobs)
        self.coming.extend(jobs)
        if jobs:
            self.ring()

    def collect(self, limit: int, timeout: float) -> list[Answered]:
        """Up to `limit` answers; waits at most `timeout` seconds for the first. Main thread only.

        Raises ThreadsEnded when the thread has ended unasked and all that it knew was collected.
        """
        if self.in_flight and timeout and self.some_done.wait(timeout):
            sleep(GATHER_SECONDS)
        self.some_done.clear()
        has_ended = not self._thread.is_alive()
        found: list[Answered] = []
        while self.done and len(found) < limit:
            found.append(self.done.popleft())
        if self.done:
            self.some_done.set()
        elif has_ended and not found and not self.is_retired:
            raise ThreadsEnded(self.fault)
        self.in_flight -= len(found)
        return found

    def retire(self) -> None:
        """Begin nothing new and end the thread; it lets go of the journal at its end, so that it can be replayed."""
        self.is_retired = True
        self.ring()
        if not self._thread.is_alive():
            # It has done so, but a pass may have opened the journal since.
            self.journal.release()

    def permits(self, job: Job) -> bool:
        """Whether this mail may leave; any thread."""
        return not self.is_retired and self._may_send(job.claimed.message_id)

    def ring(self) -> None:
        """Wake the thread; from any other. Once it is gone this does nothing."""
        try:
            self._bell.send(b"!")
        except OSError:
            logger.debug("The thread is awake, or gone.")

    def close(self) -> None:
        """Nobody rings any more; by the thread, at its end."""
        self.ear.close()
        self._bell.close()
