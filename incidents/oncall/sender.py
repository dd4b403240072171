"""The loops that tell staff: one for each channel, so that a slow provider never holds another up.

Each attempt is claimed (a committed write) before its message leaves, and its outcome is recorded after; mails are
claimed and recorded many at once. The network is used by threads that know no database; the loop's own thread claims,
records and keeps the lease meanwhile.

What came of an attempt while the database is away is kept in memory and written down when it is back.

An attempt found claimed at the start of a pass was held by a process that died. Of mails its book says what was taken
and what never left (`hand_book`). What nobody knows is sent once more under the same Message-ID, and not a third time;
an SMS, a call or a chat message never.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ALL_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from time import monotonic

from crisisdesk.core import clock
from crisisdesk.core.engine.faults import DATABASE_AWAY, place_of
from crisisdesk.core.engine.loops import Loop, Pass
from crisisdesk.core.transports import Answer, Envelope, Fault, MailTransport, Outcome
from crisisdesk.core.transports.envelope import WITHHELD
from customers.delivery.journal import Replay
from incidents.models import Attempt, AttemptState
from incidents.oncall import outcome
from incidents.oncall.channels import ALL, Channel
from incidents.oncall.claiming import claim, followers_of
from incidents.oncall.hand_book import Book, books_of_the_dead
from incidents.oncall.links import WITH
from incidents.oncall.outcome import Result
from incidents.oncall.planning import plan_ready

logger = logging.getLogger(__name__)

BATCH = 50
# Outcomes that could not be written, by loop.
_held: dict[str, list[Result]] = defaultdict(list)
# A pass takes on new work for so long, then it only waits for what is under way.
PASS_SECONDS = 20.0
LOOK_SECONDS = 0.2
# What comes within this is told in one pass.
REST_SECONDS = 0.15


def loops() -> list[Loop]:
    """A loop for each channel that settings allow; the one for mail also chooses everybody's ways."""
    return [
        Loop(channel.loop, pass_of(channel), idle_seconds=channel.idle_seconds, rest_seconds=REST_SECONDS)
        for channel in ALL
        if channel.is_set_up()
    ]


def pass_of(channel: Channel) -> Callable[[Pass], int]:
    """The pass of a channel's loop."""
    return _PASSES[channel.loop]


def send_ready(this_pass: Pass) -> int:
    """Choose the ways of what waits for it, then send what is ready by mail; how many rows were handled."""
    return plan_ready(this_pass.now) + send_by(ALL[0], this_pass)


def send_by(channel: Channel, this_pass: Pass) -> int:
    """Send what is ready on a channel, oldest first; how many rows were handled.

    Takes on nothing more when the transport does not work.
    """
    _write_held(channel)
    handled = _recover(channel, this_pass)
    if not Attempt.objects.ready(this_pass.now).filter(kind__in=channel.kinds).exists():
        return handled
    with channel.open() as transport, ThreadPoolExecutor(channel.slots) as pool:
        return handled + _Sending(channel, this_pass, transport, pool).run()


class _Sending:
    """One stretch of handing over with one transport."""

    def __init__(self, channel: Channel, this_pass: Pass, transport: MailTransport, pool: ThreadPoolExecutor) -> None:
        self.channel = channel
        self.lease = this_pass.lease
        self.transport = transport
        self.pool = pool
        self.began_at, self.began = this_pass.now, monotonic()
        self.flying: dict[Future[Result], Attempt] = {}
        self.handled = 0
        self.works = True
        self.book = Book(self.lease.fence) if channel.ahead else None

    def run(self) -> int:
        """Until nothing is ready or the time is up, and everything under way has come back."""
        is_recorded = False
        try:
            while True:
                took = self._take_on() if self._may_take_on() else 0
                if not self.flying and not took:
                    is_recorded = True
                    return self.handled
                # What is back within a moment is written down together.
                done, _ = wait(self.flying, timeout=LOOK_SECONDS, return_when=ALL_COMPLETED)
                self._record([future for future in self.flying if future in done])
                self.lease.keep()
        except DATABASE_AWAY:
            self.works = False
            _held[self.channel.loop] += [future.result() for future in self.flying]
            raise
        finally:
            if self.book:
                self.book.close(is_recorded=is_recorded)

    def _may_take_on(self) -> bool:
        return self.works and monotonic() - self.began < PASS_SECONDS and self.lease.keep()

    def _take_on(self) -> int:
        """Claim as many as there are free slots; how many rows were handled."""
        free = (self.channel.ahead or self.channel.slots) - len(self.flying)
        claimed = claim(self.channel, free, self.lease.fence, now=self._now()) if free else None
        if claimed is None:
            return 0
        for attempt in claimed.attempts:
            envelope = self._composed(attempt)
            if envelope is not None:
                self.flying[self.pool.submit(self._hand_over, attempt, envelope)] = attempt
        self.handled += claimed.handled
        return claimed.handled

    def _now(self) -> datetime:
        """The database's time, by the monotonic clock since the pass began."""
        return self.began_at + timedelta(seconds=monotonic() - self.began)

    def _hand_over(self, attempt: Attempt, envelope: Envelope) -> Result:
        """In a thread of its own: no database here."""
        answer = self._answer(attempt, envelope)
        if self.book and answer.code != WITHHELD:
            self.book.answered(attempt, answer)
        if answer.outcome is Outcome.BROKEN or answer.code == WITHHELD:
            self.works = False
        return Result(attempt, answer, self._now(), self.transport.repeats_safely)

    def _answer(self, attempt: Attempt, envelope: Envelope) -> Answer:
        def may_send() -> bool:
            if not self.lease.held():
                return False
            if self.book:
                self.book.begun(attempt)
            return True

        if not self.works:
            return Answer(Outcome.DEFERRED, WITHHELD, "", self.transport.name)
        try:
            return self.transport.send(envelope, may_send=may_send)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody knows whether it left; its words may hold an address
            logger.error("The way “%s” failed: %s", self.channel.loop, place_of(error))
            return Answer(Outcome.UNKNOWN, "", type(error).__name__, self.transport.name, fault=Fault.OTHER)

    def _composed(self, attempt: Attempt) -> Envelope | None:
        try:
            return self.channel.compose(attempt, followers_of(attempt))
        except Exception as error:  # noqa: BLE001 - poison: whatever a row makes a template do, those after it must go out
            logger.error("Attempt %s can't be written: %s", attempt.pk, place_of(error))
            outcome.fail(attempt, f"It can't be written: {type(error).__name__}", now=clock.now())
            return None

    def _record(self, done: Sequence[Future[Result]]) -> None:
        results = [future.result() for future in done]
        # With those that could not be written: what stays in `flying` is kept in memory.
        outcome.record_all(results, pauses=self.channel.pauses)
        for future in done:
            del self.flying[future]
        self.handled -= sum(result.answer.code == WITHHELD for result in results)


def _write_held(channel: Channel) -> None:
    """Write down what this process knows and could not write; an attempt that another has taken over is left to it."""
    held = _held[channel.loop]
    if held:
        outcome.record_all(held, pauses=channel.pauses)
        held.clear()


def _recover(channel: Channel, this_pass: Pass) -> int:
    """Attempts that a dead sender held."""
    held = Attempt.objects.filter(state=AttemptState.SENDING, kind__in=channel.kinds)
    rows = list(held.select_related("method", *(f"notification__{name}" for name in WITH)).order_by("id")[:BATCH])
    if not rows:
        return 0
    with books_of_the_dead(is_kept=channel.ahead > 0) as books:
        for row in rows:
            _settle_of_the_dead(channel, row, books.get(row.claimed_fence or 0), this_pass.now)
    return len(rows)


def _settle_of_the_dead(channel: Channel, row: Attempt, replay: Replay | None, now: datetime) -> None:
    answers = {(pk, tries): answer for pk, tries, answer in replay.answers} if replay else {}
    if answer := answers.get((row.pk, row.tries)):
        outcome.record(Result(row, answer, now, repeats_safely=True), pauses=channel.pauses)
    elif replay and row.pk not in replay.begun:
        outcome.give_back(row)
    else:
        outcome.lost(row, may_repeat=channel is ALL[0], pause=channel.pauses[0], now=now)


def _pass(channel: Channel) -> Callable[[Pass], int]:
    def send(this_pass: Pass) -> int:
        return send_by(channel, this_pass)

    return send


_PASSES: dict[str, Callable[[Pass], int]] = {ALL[0].loop: send_ready} | {
    channel.loop: _pass(channel) for channel in ALL[1:]
}
