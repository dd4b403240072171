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
from crisisdesk.core.transports.envelope import WITHHELD, Envelope, MailTransport, always
from crisisdesk.core.transports.fuse import Fuse, was_not_taken


@dataclass(frozen=True)
class Way:
    """One transport of a list: how it is opened, and the fuse that all its connections in this process share."""

    name: str
    open: Callable[[], MailTransport]
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
        if envelope.way:
            return self._pinned(envelope, may_send)
        first: Answer | None = None
        for way in self._ways:
            if not way.fuse.permits():
                first = first or way.fuse.last
                continue
            answer = self._by(way, envelope, may_send)
            if answer.code == WITHHELD:
                return answer
            way.fuse.note(answer)
            if not was_not_taken(answer):
                return answer
            first = first or answer
        fault = first.fault if first else Fault.CONNECTION
        text = first.text if first else "No way out works at the moment."
        return Answer(Outcome.BROKEN, first.code if first else "", text, self.name, fault=fault)

    def _pinned(self, envelope: Envelope, may_send: Callable[[], bool]) -> Answer:
        way = next((way for way in self._ways if way.name == envelope.way), None)
        if way is None:
            text = "The way by which it may have left is not set up any more."
            return Answer(Outcome.UNKNOWN, "", text, envelope.way, fault=Fault.OTHER)
        if way.fuse.permits():
            answer = self._by(way, envelope, may_send)
            if answer.code == WITHHELD:
                return answer
            way.fuse.note(answer)
            if not was_not_taken(answer):
                return answer
        # The others go on by the ways that work, so the list as a whole is not down.
        text = "It may have left by this way, which does not work now, and is repeated by no other."
        return Answer(Outcome.DEFERRED, "", text, way.name, fault=Fault.OTHER)

    def _by(self, way: Way, envelope: Envelope, may_send: Callable[[], bool]) -> Answer:
        transport = self._opened.get(way.name)
        if transport is None:
            try:
                transport = self._opened[way.name] = way.open()
            except ImproperlyConfigured:
                text = "This way out is not configured completely."
                return Answer(Outcome.BROKEN, "", text, way.name, fault=Fault.AUTHENTICATION)
        answer = transport.send(envelope, may_send=may_send)
        if answer.outcome is Outcome.UNKNOWN and transport.repeats_safely:
            return replace(answer, is_repeatable=True)
        return answer
