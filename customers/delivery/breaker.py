"""A fuse in front of a transport that does not work: no attempts for a while, then a few.

A mail server that is down costs its deliveries nothing: they are not attempted, so no attempt is counted.
"""

from __future__ import annotations

from time import monotonic

from crisisdesk.core.transports import Answer, Fault, Outcome
from customers.delivery.shares import LOST_IN_A_ROW

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
# So many failures in a row are told to people, and pause the message when only a person can mend them.
TELL_AFTER = 3
# So many lost connections in a row are no accident of single mails; over mails to so many domains, not about a domain.
LOST_DOMAINS = 3
# So many with nothing taken between them are about the way out, whoever they were for.
LOST_FOR_SURE = 50


def is_transport_down(answer: Answer) -> bool:
    """Whether the answer is about the way out as a whole; a refusal by policy may be about one recipient."""
    return answer.outcome is Outcome.BROKEN and answer.fault is not Fault.POLICY


class Breaker:
    """Counts failures of one transport in one process; the main thread changes it, any thread may ask."""

    def __init__(self, *, is_smtp: bool = True) -> None:
        """Over SMTP a connection may be lost because of a recipient; a provider's is never about one."""
        self._is_smtp = is_smtp
        self.failures = 0
        self._lost = 0
        self._lost_domains: set[str] = set()
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether nothing may be attempted now."""
        return monotonic() < self._open_until

    @property
    def must_tell(self) -> bool:
        """Whether it has failed so often that people should know."""
        return self.failures >= TELL_AFTER

    @property
    def pause_seconds(self) -> float:
        """How long the next attempts wait."""
        return max(0.0, self._open_until - monotonic())

    def note(self, answer: Answer, domain: str) -> bool:
        """Take an answer to a mail to that domain into account; True when it has opened the fuse just now.

        Connections lost over mails to one domain are about that domain: `shares.Shares` leaves it alone for a while.
        """
        if answer.outcome is Outcome.ACCEPTED:
            self.failures = self._lost = 0
            self._lost_domains.clear()
            return False
        if is_transport_down(answer):
            return self._trip()
        if answer.fault is Fault.CONNECTION:
            self._lost += 1
            if len(self._lost_domains) < LOST_DOMAINS:
                self._lost_domains.add(domain)
            is_general = not self._is_smtp or len(self._lost_domains) >= LOST_DOMAINS or self._lost >= LOST_FOR_SURE
            return is_general and self._lost >= LOST_IN_A_ROW and self._trip()
        return False

    def _trip(self) -> bool:
        if self.is_open:
            return False
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(self.failures, 10), LONGEST_PAUSE_SECONDS)
        self.failures += 1
        self._open_until = monotonic() + pause
        return True
