"""One thread that holds many SMTP connections and hands over claimed mails; it never touches the database.

What a moment's answers bring is handled together: they and the mails that may leave next are journalled by one system
call, and only then is anything written to a connection.
"""

from __future__ import annotations

import logging
import smtplib
from collections import Counter, deque
from collections.abc import Callable, Sequence
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from socket import socketpair
from threading import Event, Thread
from time import monotonic, sleep

from django.conf import settings

from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.transports import Answer, Fault, Outcome
from crisisdesk.core.transports.config import MailConfig
from crisisdesk.core.transports.dialogue import Parcel
from crisisdesk.core.transports.envelope import WITHHELD
from crisisdesk.core.transports.lane import Dialled, Lane, dial
from customers.delivery.job import Job, poisoned
from customers.delivery.journal import Journal, answered_line, begun_line
from customers.delivery.limits import domain_limit, domain_of, parse_limits, share_of
from customers.delivery.record import Answered

logger = logging.getLogger(__name__)

NOT_ATTEMPTED = Answer(Outcome.DEFERRED, WITHHELD, "", "")
# Answers are gathered for a moment: looking at each one by itself would take the other thread's time away.
GATHER_SECONDS = 0.01
LOOK_SECONDS = 0.1


class Switchboard:
    """As `pool.Pool`, for SMTP. `may_send(message id)` is asked before a mail is written and before it leaves."""

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
        self._part = part
        self.in_flight = 0
        self._config = config
        self._journal = journal
        self._may_send = may_send
        self._coming: deque[Job] = deque()
        self._done: deque[Answered] = deque()
        self._some_done = Event()
        self._retired = False
        self._ear, self._bell = socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)
        self._lines = Lines(self)
        Thread(target=self._lines.run, name="sender-lines", daemon=True).start()

    @property
    def backlog(self) -> int:
        """Jobs that no connection has taken up yet, about."""
        return len(self._coming)

    def put(self, jobs: Sequence[Job]) -> None:
        """Hand jobs over; main thread only."""
        self.in_flight += len(jobs)
        self._coming.extend(jobs)
        if jobs:
            self._ring()

    def collect(self, limit: int, timeout: float) -> list[Answered]:
        """Up to `limit` answers; waits at most `timeout` seconds for the first. Main thread only."""
        if self.in_flight and timeout and self._some_done.wait(timeout):
            sleep(GATHER_SECONDS)
        self._some_done.clear()
        found: list[Answered] = []
        while self._done and len(found) < limit:
            found.append(self._done.popleft())
        if self._done:
            self._some_done.set()
        self.in_flight -= len(found)
        return found

    def retire(self) -> None:
        """Begin nothing new and end the thread; it lets go of the journal at its end, so that it can be replayed."""
        self._retired = True
        self._ring()

    def _ring(self) -> None:
        try:
            self._bell.send(b"!")
        except OSError:
            logger.debug("The thread is awake, or gone.")


class Lines:
    """The thread's side: a `dialogue.Counter` for its lanes."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._config = board._config
        self._selector = DefaultSelector()
        self._lanes: set[Lane[Job]] = set()
        self._writing: set[Lane[Job]] = set()
        self._dialling = 0
        self._dialled: deque[Dialled] = deque()
        self._again: deque[Parcel[Job]] = deque()
        self._journalled: list[bytes] = []
        self._answers: list[Answered] = []
        self._is_limited = bool(settings.DOMAIN_LIMITS)
        # Mails of each domain that a connection has; counted only where domains are limited.
        self._under_way: Counter[str] = Counter()

    # What the lanes ask for.

    def take(self) -> Parcel[Job] | None:
        """See `dialogue.Counter`. What may not leave any more goes back at once."""
        while True:
            if self._again:
                parcel = self._again.popleft()
                if self._permits(parcel.ticket):
                    return parcel
                self.withheld(parcel)
                continue
            job = self._next_job()
            if job is None:
                return None
            if not self._permits(job):
                self._answers.append(Answered(job.claimed, NOT_ATTEMPTED))
                continue
            try:
                parcel = Parcel(job, job.envelope())
            except Exception as error:  # noqa: BLE001 - poison: this one is set aside, the rest proceed
                self._answer(job, poisoned(error, self._config.name))
            else:
                if self._is_limited:
                    self._under_way[domain_of(job.claimed.address)] += 1
                return parcel

    def _next_job(self) -> Job | None:
        """The first whose domain takes another mail now; those passed over keep their places."""
        passed = []
        found: Job | None = None
        coming = self._board._coming
        while coming and found is None:
            job = coming.popleft()
            if self._is_limited and self._permits(job) and self._is_full(domain_of(job.claimed.address)):
                passed.append(job)
            else:
                found = job
        coming.extendleft(reversed(passed))
        return found

    def _is_full(self, domain: str) -> bool:
        limit = domain_limit(domain)
        if limit is None or not limit.at_once:
            return False
        return self._under_way[domain] >= max(1, share_of(limit.at_once, *self._board._part))

    def _has_ended(self, job: Job) -> None:
        if self._is_limited:
            self._under_way[domain_of(job.claimed.address)] -= 1

    def may_begin(self, parcel: Parcel[Job]) -> bool:
        """See `dialogue.Counter`."""
        if not self._permits(parcel.ticket):
            return False
        self._journalled.append(begun_line(parcel.ticket.claimed.id))
        return True

    def withheld(self, parcel: Parcel[Job]) -> None:
        """See `dialogue.Counter`."""
        self._has_ended(parcel.ticket)
        self._answers.append(Answered(parcel.ticket.claimed, NOT_ATTEMPTED))

    def again(self, parcel: Parcel[Job]) -> None:
        """See `dialogue.Counter`."""
        self._again.append(parcel)

    def answered(self, parcel: Parcel[Job], answer: Answer) -> None:
        """See `dialogue.Counter`."""
        self._has_ended(parcel.ticket)
        self._answer(parcel.ticket, answer)

    def _answer(self, job: Job, answer: Answer) -> None:
        self._journalled.append(answered_line(job.claimed.id, job.claimed.standing.attempts, answer))
        self._answers.append(Answered(job.claimed, answer))

    def _permits(self, job: Job) -> bool:
        return not self._board._retired and self._board._may_send(job.claimed.message_id)

    # The thread.

    def run(self) -> None:
        """Until it is retired and no content is in doubt any more."""
        try:
            self._selector.register(self._board._ear, EVENT_READ)
            while not (self._board._retired and not any(lane.dialogue.holds_content for lane in self._lanes)):
                self._turn()
        except Exception as error:  # noqa: BLE001 - whatever it is, the journal must be let go
            logger.error("The sender's connections ended: %s", place_of(error))
        finally:
            self._end()

    def _turn(self) -> None:
        ready = self._selector.select(LOOK_SECONDS)
        now = monotonic()
        for key, mask in ready:
            if key.fileobj is self._board._ear:
                self._hear()
            elif mask & EVENT_READ:
                key.data.read(now)
        self._hang_up_overdue(now)
        self._employ(now)
        self._settle(now)

    def _hear(self) -> None:
        try:
            while self._board._ear.recv(4096):
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
        """Give work to idle lanes, take in new ones, dial for more; return what may not leave."""
        while self._dialled:
            self._connected(self._dialled.popleft(), now)
        if not (self._board._coming or self._again):
            return
        for lane in self._lanes:
            if lane.dialogue.is_open and lane.dialogue.is_idle:
                lane.dialogue.start()
        waiting = len(self._board._coming) + len(self._again)
        if waiting and not self._gives_back():
            free = self._config.connections - sum(lane.dialogue.is_open for lane in self._lanes) - self._dialling
            for _ in range(min(free, waiting - self._dialling)):
                self._dialling += 1
                dial(self._config, self._on_dialled)

    def _gives_back(self) -> bool:
        """While nothing may leave nothing is kept waiting; whether it is so."""
        first = self._again[0].ticket if self._again else self._board._coming[0]
        if self._permits(first):
            return False
        while (parcel := self.take()) is not None:
            # Another message may still leave: its mail waits, written, for the next free lane.
            self._again.append(parcel)
            return False
        return True

    def _on_dialled(self, dialled: Dialled) -> None:
        """Called by the thread that dialled."""
        self._dialled.append(dialled)
        self._board._ring()

    def _connected(self, dialled: Dialled, now: float) -> None:
        self._dialling -= 1
        if isinstance(dialled, smtplib.SMTP):
            lane = Lane(self._config, dialled, self, now)
            self._lanes.add(lane)
            self._selector.register(lane.socket, EVENT_READ, lane)
            lane.dialogue.start()
        elif (parcel := self.take()) is not None:
            self.answered(parcel, dialled)

    def _settle(self, now: float) -> None:
        """Journal what was answered and what begins, then write to the connections, then pass the answers on."""
        fault = self._write_down()
        for lane in [lane for lane in self._lanes if lane.dialogue.out or not lane.dialogue.is_open]:
            if fault and lane.dialogue.is_open:
                lane.dialogue.take_back(Answer(Outcome.BROKEN, "", fault, self._config.name, fault=Fault.OTHER))
            elif lane.dialogue.is_open:
                lane.write(now)
            self._watch(lane)
        self._write_down()  # what was lost while writing
        if self._answers:
            self._board._done.extend(self._answers)
            self._answers = []
            self._board._some_done.set()

    def _write_down(self) -> str:
        """Write the journal's lines; why it could not be written, else empty."""
        lines, self._journalled = self._journalled, []
        if not lines:
            return ""
        try:
            self._board._journal.write(b"".join(lines))
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
        self._lanes.discard(lane)
        self._writing.discard(lane)

    def _end(self) -> None:
        for lane in self._lanes:
            lane.hang_up()
        self._selector.close()
        self._board._ear.close()
        self._board._journal.release()
