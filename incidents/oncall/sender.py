"""The loops that tell staff: one for each channel, so that a slow provider never holds another up.

Each attempt is claimed (a committed write) before its message leaves, and its outcome is recorded after. The network
is used by threads that know no database; the loop's own thread claims, records and keeps the lease meanwhile.

What came of an attempt while the database is away is kept in memory and written down when it is back.

An attempt found claimed at the start of a pass was held by a process that died: nobody knows whether its message went
out. A mail is sent once more under the same Message-ID, and not a third time; an SMS, a call or a chat message never.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from time import monotonic

from crisisdesk.core import clock
from crisisdesk.core.engine.faults import DATABASE_AWAY
from crisisdesk.core.engine.loops import Loop, Pass
from crisisdesk.core.transports import Answer, Envelope, Fault, MailTransport, Outcome
from crisisdesk.core.transports.envelope import WITHHELD
from incidents.models import Attempt, AttemptState
from incidents.oncall import outcome
from incidents.oncall.channels import ALL, Channel
from incidents.oncall.claiming import claim, followers_of
from incidents.oncall.planning import plan_ready

logger = logging.getLogger(__name__)

BATCH = 50
# Outcomes that could not be written, by loop.
_held: dict[str, list[tuple[Attempt, Answer, bool]]] = defaultdict(list)
# A pass takes on new work for so long, then it only waits for what is under way.
PASS_SECONDS = 20.0
LOOK_SECONDS = 0.2


def loops() -> list[Loop]:
    """A loop for each channel that settings allow; the one for mail also chooses everybody's ways."""
    return [
        Loop(channel.loop, pass_of(channel), idle_seconds=channel.idle_seconds)
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
        self.flying: dict[Future[Answer], Attempt] = {}
        self.handled = 0
        self.works = True
        self._repeats = transport.repeats_safely

    def run(self) -> int:
        """Until nothing is ready or the time is up, and everything under way has come back."""
        try:
            while True:
                took = self._take_on() if self._may_take_on() else 0
                if not self.flying and not took:
                    return self.handled
                done, _ = wait(self.flying, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
                for future in done:
                    self._record(future)
                self.lease.keep()
        except DATABASE_AWAY:
            held = _held[self.channel.loop]
            held += [(attempt, future.result(), self._repeats) for future, attempt in self.flying.items()]
            raise

    def _may_take_on(self) -> bool:
        return self.works and monotonic() - self.began < PASS_SECONDS and self.lease.keep()

    def _take_on(self) -> int:
        """Claim as many as there are free slots; how many rows were handled."""
        now = self.began_at + timedelta(seconds=monotonic() - self.began)
        free = self.channel.slots - len(self.flying)
        claimed = claim(self.channel, free, self.lease.fence, now=now) if free else None
        if claimed is None:
            return 0
        for attempt in claimed.attempts:
            envelope = self._composed(attempt)
            if envelope is not None:
                self.flying[self.pool.submit(self._hand_over, envelope)] = attempt
        self.handled += claimed.handled
        return claimed.handled

    def _hand_over(self, envelope: Envelope) -> Answer:
        """In a thread of its own: no database here."""
        try:
            return self.transport.send(envelope, may_send=self.lease.held)
        except Exception as error:
            logger.exception("The way “%s” failed.", self.channel.loop)
            return Answer(Outcome.UNKNOWN, "", type(error).__name__, self.transport.name, fault=Fault.OTHER)

    def _composed(self, attempt: Attempt) -> Envelope | None:
        try:
            return self.channel.compose(attempt, followers_of(attempt))
        except Exception as error:
            # Poison: whatever a row makes a template or an address do, the rows after it must go out.
            logger.exception("Attempt %s can't be written.", attempt.pk)
            outcome.fail(attempt, f"It can't be written: {type(error).__name__}", now=clock.now())
            return None

    def _record(self, future: Future[Answer]) -> None:
        answer = future.result()
        _write(self.channel, self.flying[future], answer, self._repeats)
        del self.flying[future]
        if answer.outcome is Outcome.BROKEN or answer.code == WITHHELD:
            self.works = False


def _write(channel: Channel, attempt: Attempt, answer: Answer, repeats: bool) -> None:
    outcome.record(attempt, answer, pauses=channel.pauses, repeats_safely=repeats, now=clock.now())


def _write_held(channel: Channel) -> None:
    """Write down what this process knows and could not write; an attempt that another has taken over is left to it."""
    held = _held[channel.loop]
    while held:
        _write(channel, *held[0])
        held.pop(0)


def _recover(channel: Channel, this_pass: Pass) -> int:
    """Attempts that a dead sender held."""
    held = Attempt.objects.filter(state=AttemptState.SENDING, kind__in=channel.kinds)
    rows = list(held.select_related("method", "notification__person").order_by("id")[:BATCH])
    for row in rows:
        outcome.lost(row, may_repeat=channel is ALL[0], pause=channel.pauses[0], now=this_pass.now)
    return len(rows)


def _pass(channel: Channel) -> Callable[[Pass], int]:
    def send(this_pass: Pass) -> int:
        return send_by(channel, this_pass)

    return send


_PASSES: dict[str, Callable[[Pass], int]] = {ALL[0].loop: send_ready} | {
    channel.loop: _pass(channel) for channel in ALL[1:]
}
