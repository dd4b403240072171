"""Several ways out in order: what certainly was not taken by one goes by the next.

What may have been taken never moves: an unknown outcome is the answer, and its repeat may leave by the same way only
(`Envelope.way`), where mailbox systems recognise the copy: over SMTP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType

from django.core.exceptions import ImproperlyConfigured

from crisisdesk.core.transports.answers import Answer, Fault, Outcome
from crisisdesk.core.transports.batches import BatchTransport
from crisisdesk.core.transports.envelope import WITHHELD, Envelope, MailTransport, always
from crisisdesk.core.transports.fuse import Fuse, was_not_taken

# A mail, and whether it may still leave.
Entry = tuple[Envelope, Callable[[], bool]]


@dataclass(frozen=True)
class Way:
    """One transport of a list: how it is opened, and the fuse that all its connections in this process share.

    `batch` is how many mails it takes in one request.
    """

    name: str
    open: Callable[[], MailTransport]
    batch: int = 1
    fuse: Fuse = field(default_factory=Fuse)


class FailoverTransport:
    """The ways of a list, each opened when it is first needed; for one thread."""

    repeats_safely = False

    def __init__(self, name: str, ways: Sequence[Way]) -> None:
        self.name = name
        self._ways = ways
        self._opened: dict[str, MailTransport] = {}

    def __enter__(self) -> FailoverTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        opened, self._opened = self._opened, {}
        for transport in opened.values():
            transport.__exit__(kind, error, trace)

    def send(self, envelope: Envelope, *, may_send: Callable[[], bool] = always) -> Answer:
        """Hand one mail over by the first way that works. With none left, the answer is why the first one does not.

        A mail that is bound to a way waits for it, and is UNKNOWN for good when there is no such way any more.
        """
        (answer,) = self.send_batch([(envelope, may_send)])
        return answer

    @property
    def largest_batch(self) -> int:
        """How many mails a caller should bring at once: as many as the first way that works takes in one request."""
        return next((way.batch for way in self._ways if not way.fuse.failures), 1)

    def send_batch(self, entries: Sequence[Entry]) -> list[Answer]:
        """As `send`, for several mails; an answer for each, in order.

        They go together by a way that takes lists, and one by one by another. What a way certainly did not take of
        them goes by the next. After a failure a way is tried by one mail, and takes the others if that one was taken.
        """
        found = {at: self._pinned(*entry) for at, entry in enumerate(entries) if entry[0].way}
        left = [at for at in range(len(entries)) if at not in found]
        lost: dict[int, Answer] = {}
        first: Answer | None = None
        is_down = False
        for way in self._ways:
            while left and way.fuse.permits():
                going = left[: 1 if way.fuse.failures else max(way.batch, 1)]
                answers = dict(zip(going, self._by(way, [entries[at] for at in going]), strict=True))
                found |= {at: answer for at, answer in answers.items() if not was_not_taken(answer)}
                lost |= {at: answer for at, answer in answers.items() if was_not_taken(answer)}
                is_down |= any(answer.outcome is Outcome.BROKEN for answer in answers.values())
                left = [at for at in left if at not in found]
                first = first or next(filter(was_not_taken, answers.values()), None)
                if not any(at in found for at in going):
                    break
            if left and way.fuse.failures:
                is_down, first = True, first or way.fuse.last
        if not is_down:
            # Every way was tried, and lost its connection over this very mail.
            found |= {at: lost[at] for at in left if at in lost}
        return [found.get(at) or self._broken(first) for at in range(len(entries))]

    def _broken(self, first: Answer | None) -> Answer:
        fault = first.fault if first else Fault.CONNECTION
        text = first.text if first else "No way out works at the moment."
        return Answer(Outcome.BROKEN, first.code if first else "", text, self.name, fault=fault)

    def _pinned(self, envelope: Envelope, may_send: Callable[[], bool]) -> Answer:
        way = next((way for way in self._ways if way.name == envelope.way), None)
        if way is None:
            text = "The way by which it may have left is not set up any more."
            return Answer(Outcome.UNKNOWN, "", text, envelope.way, fault=Fault.OTHER)
        if way.fuse.permits():
            (answer,) = self._by(way, [(envelope, may_send)])
            if not was_not_taken(answer):
                return answer
        # The others go on by the ways that work, so the list as a whole is not down.
        text = "It may have left by this way, which does not work now, and is repeated by no other."
        return Answer(Outcome.DEFERRED, "", text, way.name, fault=Fault.OTHER)

    def _by(self, way: Way, entries: Sequence[Entry]) -> list[Answer]:
        """What came of them by one way; its fuse hears of it once, the good news first."""
        transport = self._opened.get(way.name)
        if transport is None:
            try:
                transport = self._opened[way.name] = way.open()
            except ImproperlyConfigured:
                text = "This way out is not configured completely."
                answers = [Answer(Outcome.BROKEN, "", text, way.name, fault=Fault.AUTHENTICATION)] * len(entries)
                way.fuse.note(answers[0])
                return answers
        if len(entries) > 1 and isinstance(transport, BatchTransport):
            answers = transport.send_batch(entries)
        else:
            answers = [transport.send(envelope, may_send=may_send) for envelope, may_send in entries]
        tried = [answer for answer in answers if answer.code != WITHHELD]
        if tried:
            way.fuse.note(min(tried, key=was_not_taken), entries[0][0].recipient.rpartition("@")[2].lower())
        safely = transport.repeats_safely
        return [replace(one, transport=way.name, is_repeatable=safely and _is_unknown(one)) for one in answers]


def _is_unknown(answer: Answer) -> bool:
    return answer.outcome is Outcome.UNKNOWN
