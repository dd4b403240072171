"""Several ways out in order: what certainly was not taken by one goes by the next.

What may have been taken never moves: an unknown outcome is the answer, and a list is never repeated by itself, because
a repeat could leave by another way than the first attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
        """Hand one mail over by the first way that works. With none left, the answer is why the first one does not."""
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

    def _by(self, way: Way, envelope: Envelope, may_send: Callable[[], bool]) -> Answer:
        transport = self._opened.get(way.name)
        if transport is None:
            try:
                transport = self._opened[way.name] = way.open()
            except ImproperlyConfigured:
                text = "This way out is not configured completely."
                return Answer(Outcome.BROKEN, "", text, way.name, fault=Fault.AUTHENTICATION)
        return transport.send(envelope, may_send=may_send)
