"""What a recipient's domain may hold of a sender's connections. Times are monotonic seconds. Pure.

A domain whose mails are answered late, or never, must not hold all connections. What counts is connections and not
mails: over one connection mails go one after the other, and the next is announced while the last is unanswered.
"""

from __future__ import annotations

from collections import Counter, deque

from customers.delivery.limits import domain_limit, share_of

# An answer that takes as long is slow, unless the others take about as long.
SLOW_SECONDS = 1.0
TIMES_SLOWER = 3.0
# So many connections lost in a row over mails to one domain are about this domain.
LOST_IN_A_ROW = 10
SHORTEST_WAIT, LONGEST_WAIT = 2.0, 300.0
FIRST_REST = 5.0
KNOWN_AT_MOST = 10_000


class Seat:
    """One connection: the domains of its unanswered mails in order, and since when the first of them is waited for."""

    def __init__(self) -> None:
        self.domains: deque[str] = deque()
        self.since = 0.0


class Shares:
    """Which domain may have another mail over which connection.

    Half of the connections are everybody's. The others a domain gets while no mail to another domain waits and it is
    known to answer promptly; so what nobody knows yet leaves half of them free until its first answer.
    """

    def __init__(self, connections: int, part: tuple[int, int] = (0, 1)) -> None:
        """`part`: which of how many senders this is, whose limits of DOMAIN_LIMITS are shared."""
        self._share = max(1, connections // 2)
        self._part = part
        self._seats: set[Seat] = set()
        self._held: Counter[str] = Counter()
        self._pace: dict[str, float] = {}
        self._lost: Counter[str] = Counter()
        self._rests_until: dict[str, float] = {}
        self._put_off: Counter[str] = Counter()

    def sit_down(self) -> Seat:
        """A new connection."""
        seat = Seat()
        self._seats.add(seat)
        return seat

    def leave(self, seat: Seat) -> None:
        """The connection is gone; what it held was given back before."""
        self._seats.discard(seat)

    def has_room(self, domain: str, seat: Seat, now: float, *, nobody_else: bool = False) -> bool:
        """Whether another mail to the domain may go over this connection. `nobody_else`: no other domain waits."""
        if self._rests_until and now < self._rests_until.get(domain, 0.0):
            return False
        if seat.domains and seat.domains[0] != domain and self._is_known_slow(seat.domains[0]):
            # It would wait behind a mail that takes its time.
            return False
        elsewhere = self._held[domain] - (domain in seat.domains)
        limit = domain_limit(domain)
        if limit is not None and limit.at_once:
            return elsewhere < max(1, share_of(limit.at_once, *self._part))
        return elsewhere < self._share or (nobody_else and domain in self._pace and not self.is_slow(domain, now))

    def take(self, domain: str, seat: Seat, now: float) -> None:
        """A mail to the domain goes over this connection."""
        if domain not in seat.domains:
            self._held[domain] += 1
        if not seat.domains:
            seat.since = now
        seat.domains.append(domain)
        self._put_off.pop(domain, None)

    def give(self, domain: str, seat: Seat, now: float, *, taken: bool = False, lost: bool | None = None) -> None:
        """The mail to the domain is done with.

        `taken`: it was accepted; a quick refusal says nothing about how long a mail takes. `lost`: the connection ended
        over it; None where it got no answer.
        """
        was_first = seat.domains[0] == domain
        seat.domains.remove(domain)
        if domain not in seat.domains:
            self._held[domain] -= 1
            if not self._held[domain]:
                del self._held[domain]
        if was_first:
            if lost is not None:
                seconds = now - seat.since
                if taken or seconds >= SLOW_SECONDS:
                    self._learn(domain, seconds)
                self._count_loss(domain, now, lost=lost)
            seat.since = now

    def _learn(self, domain: str, seconds: float) -> None:
        known = self._pace.get(domain)
        if known is None and len(self._pace) >= KNOWN_AT_MOST:
            self._pace.clear()
        self._pace[domain] = seconds if known is None else 0.5 * known + 0.5 * seconds

    def _count_loss(self, domain: str, now: float, *, lost: bool) -> None:
        if not lost:
            if self._lost:
                self._lost.pop(domain, None)
                self._rests_until.pop(domain, None)
            return
        self._lost[domain] += 1
        if (more := self._lost[domain] - LOST_IN_A_ROW) >= 0:
            self._rests_until[domain] = now + min(FIRST_REST * 2 ** min(more, 10), LONGEST_WAIT)

    def is_slow(self, domain: str, now: float) -> bool:
        """Whether its mails are answered late, one of them is waited for too long now, or it is left alone for now."""
        if self._is_known_slow(domain) or now < self._rests_until.get(domain, 0.0):
            return True
        return domain in self._held and any(
            seat.domains and seat.domains[0] == domain and self._is_too_long(now - seat.since) for seat in self._seats
        )

    def waits_long(self, now: float) -> bool:
        """Whether an answer of a slow domain is waited for."""
        return any(
            seat.domains and (now - seat.since >= SLOW_SECONDS or self._is_known_slow(seat.domains[0]))
            for seat in self._seats
        )

    def _is_known_slow(self, domain: str) -> bool:
        return self._is_too_long(self._pace.get(domain, 0.0))

    def _is_too_long(self, seconds: float) -> bool:
        return seconds >= SLOW_SECONDS and seconds >= TIMES_SLOWER * min(self._pace.values(), default=0.0)

    def put_off(self, domain: str, now: float) -> float:
        """For how many seconds another of its mails is put off: about until its turn comes."""
        self._put_off[domain] += 1
        turn = self._put_off[domain] * max(self._pace.get(domain, 0.0), SLOW_SECONDS) / self._share
        rest = self._rests_until.get(domain, 0.0) - now
        return min(max(turn, rest, SHORTEST_WAIT), LONGEST_WAIT)
