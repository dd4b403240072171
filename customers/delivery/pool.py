"""Threads that write and hand over claimed mails, each over a connection of its own. They never touch the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from queue import Empty, Queue
from threading import Lock, Thread
from time import sleep

from django.core.exceptions import ImproperlyConfigured

from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.transports import Answer, Envelope, Fault, MailTransport, Outcome
from crisisdesk.core.transports.addresses import UnusableAddress
from crisisdesk.core.transports.batches import BatchTransport
from crisisdesk.core.transports.envelope import WITHHELD
from crisisdesk.core.transports.failover import FailoverTransport
from customers.delivery.job import Job, poisoned
from customers.delivery.journal import Journal
from customers.delivery.record import Answered

logger = logging.getLogger(__name__)

# A connection without work is closed after this; servers hang up on idle clients anyway.
IDLE_SECONDS = 20.0
# Answers are gathered for a moment: looking at each one by itself would take the threads' time away.
GATHER_SECONDS = 0.005


class ThreadsEnded(RuntimeError):
    """A thread has ended that should not: this run of the sender is over, another must begin."""


class Pool:
    """A fixed number of threads. `may_send(message id)` is asked before a mail is written and before it leaves."""

    def __init__(
        self,
        size: int,
        *,
        name: str,
        open_transport: Callable[[], MailTransport],
        journal: Journal,
        may_send: Callable[[int], bool],
    ) -> None:
        self.in_flight = 0
        # As of a `switchboard.Switchboard`; whatever takes its mail here is one domain of ours.
        self.begins_slow, self.waits_long = True, False
        self._name = name
        self._open = open_transport
        self._journal = journal
        self._may_send = may_send
        self._jobs: Queue[Job | None] = Queue()
        self._done: Queue[Answered] = Queue()
        self._lock = Lock()
        self._retired = False
        self._fault = ""
        self._running = size
        for number in range(size):
            Thread(target=self._work, name=f"sender-{number}", daemon=True).start()

    @property
    def backlog(self) -> int:
        """Jobs that no thread has taken up yet, about."""
        return self._jobs.qsize()

    def put(self, jobs: Sequence[Job]) -> None:
        """Hand jobs to the threads; main thread only."""
        self.in_flight += len(jobs)
        for job in jobs:
            self._jobs.put(job)

    def collect(self, limit: int, timeout: float) -> list[Answered]:
        """Up to `limit` answers; waits at most `timeout` seconds for the first. Main thread only.

        Raises ThreadsEnded when one of the threads has ended unasked and all that was answered is collected.
        """
        found: list[Answered] = []
        fault = self._fault
        try:
            if self.in_flight:
                found.append(self._done.get(timeout=timeout) if timeout else self._done.get_nowait())
                sleep(GATHER_SECONDS if timeout else 0)
            while len(found) < limit:
                found.append(self._done.get_nowait())
        except Empty:
            pass
        if fault and not found and not self._retired:
            raise ThreadsEnded(fault)
        self.in_flight -= len(found)
        return found

    def retire(self) -> None:
        """Begin nothing new and end the threads; the last one lets go of the journal, so that it can be replayed."""
        with self._lock:
            self._retired = True
            for _ in range(self._running):
                self._jobs.put(None)
            if not self._running:
                # They have let go of it, but a pass may have opened it since.
                self._journal.release()

    def _permits(self, message_id: int) -> bool:
        return not self._retired and self._may_send(message_id)

    def _at_hand(self, most: int) -> list[Job]:
        """Up to so many more jobs that wait already."""
        found: list[Job] = []
        while len(found) < most:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            found.append(job)
        return found

    def _work(self) -> None:
        line = Line(self._name, self._open, self._journal, self._permits)
        try:
            while True:
                try:
                    job = self._jobs.get(timeout=IDLE_SECONDS)
                except Empty:
                    line.hang_up()
                    continue
                if job is None:
                    return
                for answered in line.attempt_all([job, *self._at_hand(line.room - 1)]):
                    self._done.put(answered)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the main thread must know
            self._fault = place_of(error)
            logger.error("A connection of the sender ended: %s", self._fault)
        finally:
            self._leave(line)

    def _leave(self, line: Line) -> None:
        try:
            line.hang_up()
        finally:
            with self._lock:
                self._running -= 1
                if self._running == 0:
                    self._journal.release()


class Line:
    """One thread's transport, and the attempts it makes."""

    def __init__(
        self, name: str, open_transport: Callable[[], MailTransport], journal: Journal, permits: Callable[[int], bool]
    ) -> None:
        self._name = name
        self._open = open_transport
        self._journal = journal
        self._permits = permits
        self._transport: MailTransport | None = None

    def hang_up(self) -> None:
        """Close the connection; the next attempt opens another."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.__exit__(None, None, None)

    @property
    def room(self) -> int:
        """How many mails the transport takes in one request now; 1 until it is open, and for most for good."""
        return getattr(self._transport, "largest_batch", 1)

    def attempt_all(self, jobs: Sequence[Job]) -> list[Answered]:
        """Several in one request where the transport takes them so; each has an answer of its own."""
        transport = self._transport
        if len(jobs) == 1 or not isinstance(transport, BatchTransport | FailoverTransport):
            return [Answered(job.claimed, self.attempt(job)) for job in jobs]
        written: list[tuple[Job, Attempt, Envelope]] = []
        answered: list[Answered] = []
        for job in jobs:
            try:
                envelope = job.envelope()
            except Exception:  # noqa: BLE001 - one that cannot be written is dealt with alone, and holds nobody up
                answered.append(Answered(job.claimed, self.attempt(job)))
            else:
                written.append((job, Attempt(job, self._journal, self._permits), envelope))
        if written:
            try:
                answers = transport.send_batch([(envelope, attempt.begin) for _, attempt, envelope in written])
            except Exception as error:  # noqa: BLE001 - what has begun is in doubt, the rest is set aside
                answers = [poisoned(error, self._name, has_begun=attempt.has_begun) for _, attempt, _ in written]
                self.hang_up()
            pairs = zip(written, answers, strict=True)
            answered += [Answered(job.claimed, attempt.answered(answer)) for (job, attempt, _), answer in pairs]
        return answered

    def attempt(self, job: Job) -> Answer:
        """Write one mail and hand it over. Never raises: whatever goes wrong is the answer to this mail alone."""
        attempt = Attempt(job, self._journal, self._permits)
        try:
            if not self._permits(job.claimed.message_id):
                return attempt.withheld()
            if self._transport is None:
                self._transport = self._open()
            answer = self._transport.send(job.envelope(), may_send=attempt.begin)
        except Exception as error:  # noqa: BLE001 - poison: this one is set aside with its reason, the rest proceed
            answer = poisoned(error, self._name, has_begun=attempt.has_begun)
            if not isinstance(error, UnusableAddress | ImproperlyConfigured):
                self.hang_up()
        return attempt.answered(answer)


class Attempt:
    """What the journal hears of one attempt."""

    def __init__(self, job: Job, journal: Journal, permits: Callable[[int], bool]) -> None:
        self.has_begun = False
        self._claimed = job.claimed
        self._journal = journal
        self._permits = permits
        self._fault = ""

    def begin(self) -> bool:
        """Right before the content leaves: may it, and does the journal know?"""
        if not self._permits(self._claimed.message_id):
            return False
        try:
            self._journal.begun(self._claimed.id)
        except OSError as error:
            self._fault = error.strerror or str(error)
            return False
        self.has_begun = True
        return True

    def withheld(self) -> Answer:
        """Nothing was attempted."""
        return Answer(Outcome.DEFERRED, WITHHELD, "", "")

    def answered(self, answer: Answer) -> Answer:
        """Write the answer down before anything else is done with it."""
        if self._fault:
            logger.error("The journal cannot be written, so nothing is sent: %s", self._fault)
            text = f"The journal cannot be written: {self._fault}"
            return Answer(Outcome.BROKEN, "", text, answer.transport, fault=Fault.OTHER)
        if answer.code == WITHHELD:
            return answer
        try:
            self._journal.answered(self._claimed.id, self._claimed.standing.attempts, answer)
        except OSError as error:
            logger.error("An answer could not be journalled: %s", error.strerror or error)
        return answer
