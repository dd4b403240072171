"""A fuse for each way out of a list: a way that does not work is left alone for a while, then tried by one mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from crisisdesk.core.transports.answers import OUR_OWN_FAULTS, Answer, Fault, Outcome

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# So many failures in a row are told to people; what only a person can mend is told at once.
TELL_AFTER = 3
# Lost connections that worked before: so many in a row, over mails to so many domains, are about the way.
LOST_IN_A_ROW, LOST_DOMAINS = 3, 2


def was_not_taken(answer: Answer) -> bool:
    """Whether the mail certainly did not go this way, for a reason that lies with the way and not with the mail.

    A refusal by policy may be about one recipient, and a deferral is an answer: neither moves to another way.
    """
    if answer.outcome is Outcome.BROKEN:
        return answer.fault is not Fault.POLICY
    return answer.outcome is Outcome.DEFERRED and answer.fault is Fault.CONNECTION


@dataclass(slots=True)
class Fuse:
    """The state of one way in this process; any thread may ask and change it."""

    failures: int = 0
    has_worked: bool = False
    last: Answer | None = None
    _open_until: float = 0.0
    _lost: int = 0
    _lost_domains: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def permits(self) -> bool:
        """Whether this way may be tried now. After a pause one caller may; the others wait for what comes of it."""
        with self._lock:
            if self.failures == 0:
                return True
            if monotonic() < self._open_until:
                return False
            self._open_until = monotonic() + self._pause()
            return True

    def note(self, answer: Answer, domain: str = "") -> None:
        """Take an answer to a mail to that domain into account. One recipient's domain alone opens no fuse."""
        with self._lock:
            if was_not_taken(answer) and (answer.outcome is Outcome.BROKEN or self._is_general(domain)):
                self.failures += 1
                self.last = answer
                self._open_until = monotonic() + self._pause()
            elif answer.outcome in (Outcome.ACCEPTED, Outcome.REJECTED):
                self.failures, self.last, self._open_until = 0, None, 0.0
                self.has_worked = True
                self._lost = 0
                self._lost_domains.clear()

    def _is_general(self, domain: str) -> bool:
        """A connection was lost: whether that is about the way."""
        if self.failures:
            # It was left alone already, and the mail that tried it was lost.
            return True
        self._lost += 1
        if len(self._lost_domains) < LOST_DOMAINS:
            self._lost_domains.add(domain)
        return self._lost >= LOST_IN_A_ROW and len(self._lost_domains) >= LOST_DOMAINS

    def trouble(self) -> Answer | None:
        """What people should know about this way; None while it works or has failed only in passing."""
        with self._lock:
            if self.last is None:
                return None
            must_tell = self.failures >= TELL_AFTER or self.last.fault in OUR_OWN_FAULTS
            return self.last if must_tell else None

    def _pause(self) -> float:
        return min(FIRST_PAUSE_SECONDS * (1 << min(max(self.failures - 1, 0), 10)), LONGEST_PAUSE_SECONDS)
