"""The thread that holds a sender's SMTP connections: it takes mails from a board and puts answers onto it.

What a moment's answers bring is handled together: they and the mails that may leave next are journalled by one system
call, and only then is anything written to a connection.
"""

from __future__ import annotations

import logging
import smtplib
from collections import deque
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from socket import socket
from threading import Event
from time import monotonic
from typing import Protocol

from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.transports import Answer, Fault, Outcome
from crisisdesk.core.transports.config import MailConfig
from crisisdesk.core.transports.dialogue import Parcel
from crisisdesk.core.transports.envelope import WITHHELD
from crisisdesk.core.transports.lane import Dialled, Lane, dial
from customers.delivery.job import Job, poisoned
from customers.delivery.journal import Journal, answered_line, begun_line
from customers.delivery.limits import domain_of
from customers.delivery.record import PUT_OFF, Answered
from customers.delivery.shares import Seat, Shares
from customers.delivery.waiting import Waiting

logger = logging.getLogger(__name__)

NOT_ATTEMPTED = Answer(Outcome.DEFERRED, WITHHELD, "", "")
LOOK_SECONDS = 0.1


class Board(Protocol):
    """What the thread shares with the one that talks to the database."""

    config: MailConfig
    journal: Journal
    part: tuple[int, int]
    coming: deque[Job]
    done: deque[Answered]
    some_done: Event
    ear: socket
    is_retired: bool
    begins_slow: bool
    waits_long: bool
    aside: int
    fault: str

    def permits(self, job: Job) -> bool:
        """Whether this mail may leave."""

    def ring(self) -> None:
        """Wake the thread; from any other."""

    def close(self) -> None:
        """Nobody rings any more."""


class Counter:
    """A `dialogue.Counter` for one connection: it knows which domains hold it."""

    def __init__(self, lines: Lines, shares: Shares) -> None:
        self._lines = lines
        self._shares = shares
        self.seat = shares.sit_down()

    def take(self) -> Parcel[Job] | None:
        """See `dialogue.Counter`."""
        now = monotonic()
        parcel = self._lines.take(self.seat, now)
        if parcel is not None:
            self._shares.take(_domain(parcel), self.seat, now)
        return parcel

    def may_begin(self, parcel: Parcel[Job]) -> bool:
        """See `dialogue.Counter`."""
        return self._lines.may_begin(parcel)

    def withheld(self, parcel: Parcel[Job]) -> None:
        """See `dialogue.Counter`."""
        self._shares.give(_domain(parcel), self.seat, monotonic())
        self._lines.withheld(parcel.ticket)

    def again(self, parcel: Parcel[Job]) -> None:
        """See `dialogue.Counter`."""
        self._shares.give(_domain(parcel), self.seat, monotonic())
        self._lines.again(parcel)

    def answered(self, parcel: Parcel[Job], answer: Answer) -> None:
        """See `dialogue.Counter`."""
        was_taken, was_lost = answer.outcome is Outcome.ACCEPTED, answer.fault is Fault.CONNECTION
        self._shares.give(_domain(parcel), self.seat, monotonic(), taken=was_taken, lost=was_lost)
        self._lines.answered(parcel.ticket, answer)


def _domain(parcel: Parcel[Job]) -> str:
    return domain_of(parcel.ticket.claimed.address)


class Lines:
    """All connections and what is said over them."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._config = board.config
        self._selector = DefaultSelector()
        self._lanes: dict[Lane[Job], Counter] = {}
        self._writing: set[Lane[Job]] = set()
        self._dialling = 0
        self._dialled: deque[Dialled] = deque()
        self._again: deque[Parcel[Job]] = deque()
        self._shares = Shares(board.config.connections, board.part)
        self._waiting = Waiting(board.coming, self._shares)
        self._journalled: list[bytes] = []
        self._answers: list[Answered] = []
        self._look_at = 0.0

    # What the connections' counters ask for.

    def take(self, seat: Seat, now: float) -> Parcel[Job] | None:
        """The next mail for this connection, written. What may not leave any more goes back at once."""
        while True:
            parcel = self._next(seat, now)
            if parcel is None or self._board.permits(parcel.ticket):
                return parcel
            self.withheld(parcel.ticket)

    def _next(self, seat: Seat, now: float) -> Parcel[Job] | None:
        for parcel in self._again:
            if self._shares.has_room(_domain(parcel), seat, now):
                self._again.remove(parcel)
                return parcel
        while (job := self._waiting.next(seat, now)) is not None:
            if not self._board.permits(job):
                self.withheld(job)
                continue
            try:
                return Parcel(job, job.envelope())
            except Exception as error:  # noqa: BLE001 - poison: this one is set aside, the rest proceed
                self.answered(job, poisoned(error, self._config.name))
        return None

    def may_begin(self, parcel: Parcel[Job]) -> bool:
        """Whether the content may leave; it does with the next write to the connection."""
        if not self._board.permits(parcel.ticket):
            return False
        self._journalled.append(begun_line(parcel.ticket.claimed.id))
        return True

    def withheld(self, job: Job) -> None:
        """Nothing of it has left."""
        self._answers.append(Answered(job.claimed, NOT_ATTEMPTED))

    def again(self, parcel: Parcel[Job]) -> None:
        """To be tried over another connection."""
        self._again.append(parcel)

    def answered(self, job: Job, answer: Answer) -> None:
        """What came of it."""
        self._journalled.append(answered_line(job.claimed.id, job.claimed.standing.attempts, answer))
        self._answers.append(Answered(job.claimed, answer))

    # The thread.

    def run(self) -> None:
        """Until the board is retired and no content is in doubt any more, or something unforeseen ends it."""
        try:
            self._selector.register(self._board.ear, EVENT_READ)
            while not (self._board.is_retired and not any(lane.dialogue.holds_content for lane in self._lanes)):
                self._turn()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the other thread must know
            self._board.fault = place_of(error)
            logger.error("The sender's connections ended: %s", self._board.fault)
        finally:
            self._end()

    def _turn(self) -> None:
        ready = self._selector.select(LOOK_SECONDS)
        now = monotonic()
        for key, mask in ready:
            if key.fileobj is self._board.ear:
                self._hear()
            elif mask & EVENT_READ:
                self._guarded(key.data, key.data.read, now)
        self._hang_up_overdue(now)
        self._employ(now)
        self._settle(now)

    def _guarded(self, lane: Lane[Job], step: Callable[..., object], *arguments: object) -> None:
        """What goes wrong over one connection ends this one alone; its mails get the answer of a lost one."""
        try:
            step(*arguments)
        except Exception as error:  # noqa: BLE001 - see above
            logger.error("A connection to the mail server is given up: %s", place_of(error))
            lane.dialogue.lost()

    def _hear(self) -> None:
        try:
            while self._board.ear.recv(4096):
                pass
        except BlockingIOError:
            return

    def _hang_up_overdue(self, now: float) -> None:
        for lane in [lane for lane in self._lanes if lane.is_overdue(now)]:
            if lane.dialogue.is_idle:
                self._forget(lane)
            else:
                lane.dialogue.lost()

    def _employ(self, now: float) -> None:
        """Give work to idle connections, take in new ones, dial for more; return what may not leave."""
        while self._dialled:
            self._connected(self._dialled.popleft(), now)
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._look(now)
        if not (self._waiting or self._again):
            return
        for lane in list(self._lanes):
            if lane.dialogue.is_open and lane.dialogue.is_idle:
                self._guarded(lane, lane.dialogue.start)
        waiting = len(self._waiting) + len(self._again)
        if waiting and not self._gives_back(now):
            free = self._config.connections - sum(lane.dialogue.is_open for lane in self._lanes) - self._dialling
            for _ in range(min(free, waiting - self._dialling)):
                self._dialling += 1
                dial(self._config, self._on_dialled)

    def _look(self, now: float) -> None:
        """Several times a second: what slow domains have beyond a few is put off, and the board told how it stands."""
        self._waiting.begins_slow = self._board.begins_slow
        for job, seconds in self._waiting.beyond(now):
            answer = Answer(Outcome.DEFERRED, PUT_OFF, "", self._config.name)
            self._answers.append(Answered(job.claimed, answer, wait=seconds))
        self._board.aside = self._waiting.aside
        self._board.waits_long = self._shares.waits_long(now)

    def _gives_back(self, now: float) -> bool:
        """While nothing may leave nothing is kept waiting; whether it is so."""
        first = self._again[0].ticket if self._again else self._waiting.first()
        if first is None or self._board.permits(first):
            return False
        while self._again and not self._board.permits(self._again[0].ticket):
            self.withheld(self._again.popleft().ticket)
        for job in self._waiting.withdrawn(self._board.permits):
            self.withheld(job)
        return not (self._again or self._waiting)

    def _on_dialled(self, dialled: Dialled) -> None:
        """Called by the thread that dialled."""
        self._dialled.append(dialled)
        self._board.ring()

    def _connected(self, dialled: Dialled, now: float) -> None:
        self._dialling -= 1
        if isinstance(dialled, smtplib.SMTP):
            counter = Counter(self, self._shares)
            lane: Lane[Job] = Lane(self._config, dialled, counter, now)
            self._lanes[lane] = counter
            self._selector.register(lane.socket, EVENT_READ, lane)
            self._guarded(lane, lane.dialogue.start)
        elif (parcel := self.take(Seat(), now)) is not None:
            self.answered(parcel.ticket, dialled)

    def _settle(self, now: float) -> None:
        """Journal what was answered and what begins, then write to the connections, then pass the answers on."""
        fault = self._write_down()
        for lane in [lane for lane in self._lanes if lane.dialogue.out or not lane.dialogue.is_open]:
            if fault and lane.dialogue.is_open:
                lane.dialogue.take_back(Answer(Outcome.BROKEN, "", fault, self._config.name, fault=Fault.OTHER))
            elif lane.dialogue.is_open:
                self._guarded(lane, lane.write, now)
            self._watch(lane)
        self._write_down()  # what was lost while writing
        self._pass_on()

    def _pass_on(self) -> None:
        if self._answers:
            self._board.done.extend(self._answers)
            self._answers = []
            self._board.some_done.set()

    def _write_down(self) -> str:
        """Write the journal's lines; why it could not be written, else empty."""
        lines, self._journalled = self._journalled, []
        if not lines:
            return ""
        try:
            self._board.journal.write(b"".join(lines))
        except OSError as error:
            logger.error("The journal cannot be written, so nothing is sent: %s", error.strerror or error)
            return f"The journal cannot be written: {error.strerror or error}"
        return ""

    def _watch(self, lane: Lane[Job]) -> None:
        """Watch the lane for what it waits for; forget one that is closed."""
        if not lane.dialogue.is_open:
            self._forget(lane)
        elif bool(lane.dialogue.out) != (lane in self._writing):
            self._selector.modify(lane.socket, EVENT_READ | (EVENT_WRITE if lane.dialogue.out else 0), lane)
            (self._writing.add if lane.dialogue.out else self._writing.discard)(lane)

    def _forget(self, lane: Lane[Job]) -> None:
        # Before it is closed: its number may be another's at once.
        self._selector.unregister(lane.socket)
        lane.hang_up()
        self._shares.leave(self._lanes.pop(lane).seat)
        self._writing.discard(lane)

    def _end(self) -> None:
        """Keep what is known, hang up, and let go of the journal, whatever else fails: it must be replayed."""
        try:
            # At an end in order nothing is left here; at another one, answers that no other place has.
            self._write_down()
            self._pass_on()
            for lane in self._lanes:
                lane.hang_up()
            self._selector.close()
            self._board.close()
        finally:
            self._board.journal.release()
            self._board.some_done.set()
