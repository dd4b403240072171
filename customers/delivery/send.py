"""The sender: a pass of the leased loop that brings queued deliveries out, the most urgent message first.

The main thread talks to the database (claims, records), the pool's threads to the mail server, so no transaction is
open during I/O. What is in hand is kept to a fraction of a second's work: an urgent message or a pause waits no longer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from crisisdesk.core.engine.loops import Guard, Pass
from crisisdesk.core.transports import Fault
from customers import links
from customers.delivery import trouble
from customers.delivery.agenda import Agenda
from customers.delivery.breaker import Breaker
from customers.delivery.claim import Owner
from customers.delivery.journal import Journal, new_owner_name
from customers.delivery.outlets import Outlet, email_outlet, sms_outlet, tell
from customers.delivery.pool import Pool
from customers.delivery.recover import recover_dead_runs
from customers.delivery.results import Results
from customers.delivery.switchboard import Switchboard
from customers.delivery.wake import sender_loops
from customers.models import Channel

logger = logging.getLogger(__name__)

PASS_SECONDS = 3.0
LOOK_SECONDS = 0.2
RECOVER_SECONDS = 2.0
SMALLEST_BATCH, LARGEST_BATCH = 20, 500
# No more in hand for each connection: what is lost with a whole machine is in doubt. A batch and a half is in hand.
MOST_FOR_EACH_CONNECTION = 60
# A batch is about this much work at the rate measured.
BATCH_SECONDS = 0.4
COLLECT_SECONDS = 0.05
# What is under way may end before the pass does; what takes longer is left to the recovery of this run.
PATIENCE_SECONDS = 3.0
# What slow domains have at hand is put back within this, once they may begin nothing more.
SETTLE_SECONDS = 0.2


class Sender:
    """One run of the sender in this process: its name, journal, threads and fuse. Retired when a pass fails."""

    def __init__(self, outlet: Outlet | None = None) -> None:
        """For e-mail, unless told otherwise. Raises ImproperlyConfigured and OSError."""
        outlet = outlet or email_outlet(0, len(sender_loops()))
        if outlet is None:
            raise ImproperlyConfigured("There are no connections for this sender.")
        self.outlet = outlet
        self.name = new_owner_name(settings.JOURNAL_DIR)
        self.journal = Journal(settings.JOURNAL_DIR, self.name, repeats_safely=outlet.repeats_safely)
        self.breaker = Breaker(is_smtp=outlet.is_smtp)
        self.agenda = Agenda(outlet.name, outlet.channel, per_second=outlet.per_second)
        self.results = Results(self.breaker, outlet)
        self.pool = self._lines(outlet)
        # The first link loads every page of the project; better now than when a message waits.
        links.address(links.UNSUBSCRIBE, "token")
        self._smallest = max(SMALLEST_BATCH, 2 * outlet.connections)
        self._largest = min(MOST_FOR_EACH_CONNECTION * outlet.connections, LARGEST_BATCH)
        self._guard: Guard | None = None
        self._is_ending = False
        self._rate, self._counted, self._count_from = 0.0, 0, monotonic()
        self._base, self._began = datetime.min.replace(tzinfo=UTC), 0.0
        self._look_at = self._recover_at = 0.0

    def _lines(self, outlet: Outlet) -> Pool | Switchboard:
        if outlet.smtp is not None:
            return Switchboard(outlet.smtp, journal=self.journal, may_send=self.may_send, part=outlet.part)
        return Pool(
            outlet.connections,
            name=outlet.name,
            open_transport=outlet.open,
            journal=self.journal,
            may_send=self.may_send,
        )

    def may_send(self, message_id: int) -> bool:
        """Asked by the threads right before a mail leaves: lease, message and fuse still allow it."""
        guard = self._guard
        allowed = guard is not None and guard.held() and not self._is_ending
        return allowed and not self.breaker.is_open and self.agenda.is_active(message_id)

    def work(self, one: Pass) -> int:
        """Send for up to PASS_SECONDS and return how many deliveries were dealt with. Raises what the database raises.

        Afterwards nothing is in hand, unless a thread is stuck in its I/O (`is_stuck`).
        """
        if not self._open_journal(one.now):
            return 0
        self._guard, self._is_ending = one.lease, False
        self._base, self._began, self._look_at = one.now, monotonic(), 0.0
        owner = Owner(self.name, one.lease.fence)
        handled = self._recover()
        while one.lease.keep() and not self._is_time():
            self._look()
            moved = self._refill(owner) + self._collect(owner)
            handled += moved
            if not moved and not self.pool.in_flight and not self.results.unrecorded:
                break
        handled += self._wind_up(owner, one.lease)
        self.pool.begins_slow = True
        if not self.is_stuck:
            self.journal.empty()
        return handled

    def _is_time(self) -> bool:
        """Whether the pass should end: when its time is up, and what a slow domain has begun is done or past patience.

        The others go on meanwhile; to wait for it with nothing else would stand still for the sake of one domain.
        """
        over = monotonic() - self._began - PASS_SECONDS
        self.pool.begins_slow = over < 0
        return over >= PATIENCE_SECONDS or (over >= SETTLE_SECONDS and not self.pool.waits_long)

    def _open_journal(self, now: datetime) -> bool:
        """False while somebody replays it. Without it nothing may leave: people are told. Raises OSError."""
        try:
            return self.journal.open()
        except OSError as error:
            _tell_of_journal(self.outlet, error, now)
            raise

    @property
    def is_stuck(self) -> bool:
        """Whether a thread still waits for an answer after the pass."""
        return self.pool.in_flight > 0

    def retire(self) -> None:
        """End the threads and leave the journal to recovery."""
        self.pool.retire()

    def _now(self) -> datetime:
        """Database time, carried on by the monotonic clock."""
        return self._base + timedelta(seconds=monotonic() - self._began)

    def _recover(self) -> int:
        if monotonic() < self._recover_at:
            return 0
        self._recover_at = monotonic() + RECOVER_SECONDS
        return recover_dead_runs(settings.JOURNAL_DIR, self.name, now=self._now())

    def _look(self) -> None:
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + LOOK_SECONDS
            self.agenda.look()
            tell(self.outlet, now=self._now())

    def _refill(self, owner: Owner) -> int:
        """Claim another batch when the threads run out of work; returns how many deliveries were withheld."""
        limit = max(self._smallest, min(int(self._rate * BATCH_SECONDS), self._largest))
        if self.breaker.is_open or self.pool.backlog > limit // 2:
            return 0
        jobs, withheld = self.agenda.next_batch(owner, limit=limit, now=self._now())
        self.pool.put(jobs)
        return withheld

    def _collect(self, owner: Owner) -> int:
        answered = self.pool.collect(LARGEST_BATCH, COLLECT_SECONDS)
        self._measure(len(answered))
        self.results.take(answered, owner=owner, now=self._now())
        # With nothing else to wait for there is no reason to gather more.
        written = self.results.record_when_due(owner, now=self._now(), force=not self.pool.in_flight)
        self.results.finish_when_due(now=self._now())
        return written

    def _measure(self, count: int) -> None:
        """Answers per second, smoothed, to claim no more than a fraction of a second's work."""
        self._counted += count
        elapsed = monotonic() - self._count_from
        if elapsed >= LOOK_SECONDS:
            self._rate = 0.5 * self._rate + 0.5 * self._counted / elapsed
            self._count_from, self._counted = monotonic(), 0

    def _wind_up(self, owner: Owner, guard: Guard) -> int:
        """Let what is in hand end: first go on sending, then begin nothing more; record every answer."""
        handled = 0
        began = monotonic()
        has_waited = began - self._began >= PASS_SECONDS + PATIENCE_SECONDS
        patience = 3 * BATCH_SECONDS if has_waited else PATIENCE_SECONDS
        while self.pool.in_flight and monotonic() - began < patience:
            # What was answered is recorded with or without the lease; only sending on takes it.
            self._is_ending = not guard.keep() or monotonic() - began > 2 * BATCH_SECONDS
            self._look()
            handled += self._collect(owner)
        self._is_ending = True
        self.results.take(self.pool.collect(LARGEST_BATCH, 0), owner=owner, now=self._now())
        handled += self.results.record_when_due(owner, now=self._now(), force=True)
        self.results.finish_when_due(now=self._now(), force=True)
        return handled


_current: dict[Channel, Sender] = {}


def run_pass(one: Pass, number: int = 0) -> int:
    """One pass of the loop "sender", or of another by its number. The run of this process is kept between passes."""
    return _run_pass(one, Channel.EMAIL, lambda: email_outlet(number, len(sender_loops())))


def run_sms_pass(one: Pass) -> int:
    """One pass of the loop "sms sender": what holds mail up never holds an SMS up, nor the other way round."""
    return _run_pass(one, Channel.SMS, sms_outlet)


def _run_pass(one: Pass, channel: Channel, outlet: Callable[[], Outlet | None]) -> int:
    sender = _run_of(channel, outlet, one.now)
    if sender is None:
        return 0
    try:
        handled = sender.work(one)
    except BaseException:
        del _current[channel]
        sender.retire()
        raise
    if sender.is_stuck:
        logger.warning("A server does not answer; its connection is left to a recovery.")
        del _current[channel]
        sender.retire()
    return handled


def _tell_of_journal(outlet: Outlet, error: OSError, now: datetime) -> None:
    """Without a journal nothing leaves, so people must know."""
    reason = f"The journal cannot be written: {error.strerror or type(error).__name__}"
    trouble.note(outlet.name, Fault.OTHER, reason, now=now)


def _run_of(channel: Channel, outlet: Callable[[], Outlet | None], now: datetime) -> Sender | None:
    """The run of this process, or a new one; a process may come to another loop, with another share."""
    sender = _current.get(channel)
    wanted = outlet()
    if sender is not None and wanted is not None and sender.outlet.part == wanted.part:
        return sender
    if sender is not None:
        _current.pop(channel).retire()
    if wanted is not None:
        try:
            _current[channel] = Sender(wanted)
        except OSError as error:
            # A new run writes down which machine its journals are on.
            _tell_of_journal(wanted, error, now)
            raise
    return _current.get(channel)


def end_run() -> None:
    """End the runs of this process, as at its death: the next pass begins another."""
    for channel in list(_current):
        _current.pop(channel).retire()
