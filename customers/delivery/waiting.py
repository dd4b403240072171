"""Claimed mails that no connection has taken up yet, in the order in which domains may have another one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from customers.delivery.job import Job
from customers.delivery.limits import domain_of
from customers.delivery.shares import Seat, Shares

# So many mails of a slow domain are kept at hand; what is beyond waits in the queue and stands in nobody's way.
KEPT_OF_SLOW = 4


class Waiting:
    """The mails at hand. `coming` is filled by another thread; what lets others go first is set aside by domain."""

    def __init__(self, coming: deque[Job], shares: Shares) -> None:
        self._coming = coming
        self._shares = shares
        self._aside: dict[str, deque[Job]] = {}
        self.aside = 0
        """How many are set aside, those of slow domains left out."""
        self.begins_slow = True
        """Whether mails of slow domains may begin."""

    def __len__(self) -> int:
        return len(self._coming) + sum(map(len, self._aside.values()))

    def first(self) -> Job | None:
        """The one that waits longest, about; it keeps its place."""
        for jobs in self._aside.values():
            return jobs[0]
        return self._coming[0] if self._coming else None

    def next(self, seat: Seat, now: float) -> Job | None:
        """The next for this connection: of a domain within its share first, then of a prompt one that has it all."""
        return self._of_those_aside(seat, now) or self._of_the_coming(seat, now) or self._of_the_only_one(seat, now)

    def withdrawn(self, may_wait: Callable[[Job], bool]) -> Iterator[Job]:
        """Take out what may not leave any more, as asked of each."""
        for _ in range(len(self._coming)):
            job = self._coming.popleft()
            if may_wait(job):
                self._coming.append(job)
            else:
                yield job
        for domain in list(self._aside):
            gone = [job for job in self._aside[domain] if not may_wait(job)]
            for job in gone:
                self._aside[domain].remove(job)
                yield job
            if not self._aside[domain]:
                del self._aside[domain]

    def beyond(self, now: float) -> Iterator[tuple[Job, float]]:
        """Take out what slow domains have beyond a few, with the seconds for which each is put off; counts `aside`."""
        count = 0
        for domain, jobs in self._aside.items():
            if not self._shares.is_slow(domain, now):
                count += len(jobs)
                continue
            while len(jobs) > (KEPT_OF_SLOW if self.begins_slow else 0):
                yield jobs.pop(), self._shares.put_off(domain, now)
        self.aside = count
        self._aside = {domain: jobs for domain, jobs in self._aside.items() if jobs}

    def _has_room(self, domain: str, seat: Seat, now: float, *, nobody_else: bool = False) -> bool:
        if not self.begins_slow and self._shares.is_slow(domain, now):
            return False
        return self._shares.has_room(domain, seat, now, nobody_else=nobody_else)

    def _of_those_aside(self, seat: Seat, now: float) -> Job | None:
        for domain in self._aside:
            if self._has_room(domain, seat, now):
                return self._taken(domain)
        return None

    def _of_the_coming(self, seat: Seat, now: float) -> Job | None:
        while self._coming:
            job = self._coming.popleft()
            domain = domain_of(job.claimed.address)
            if domain not in self._aside and self._has_room(domain, seat, now):
                return job
            self._aside.setdefault(domain, deque()).append(job)
        return None

    def _of_the_only_one(self, seat: Seat, now: float) -> Job | None:
        for domain in self._aside:
            if self._has_room(domain, seat, now, nobody_else=True):
                return self._taken(domain)
        return None

    def _taken(self, domain: str) -> Job:
        jobs = self._aside[domain]
        job = jobs.popleft()
        if not jobs:
            del self._aside[domain]
        return job
