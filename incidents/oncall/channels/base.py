"""What a channel is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from crisisdesk.core.transports import Envelope, MailTransport
from incidents.models import Attempt, ContactKind, ContactMethod


class Compose(Protocol):
    """Makes what is handed over for an attempt and those folded into it; may read the database, never the network."""

    def __call__(self, attempt: Attempt, folded: Sequence[Attempt]) -> Envelope:
        """Raises whatever a row can make it raise; the attempt has failed then."""
        ...


@dataclass(frozen=True)
class Channel:
    """One way out with a loop, connections and credentials of its own.

    `slots`: how many hand-overs may be under way at once; above 1 only where `send` may be called by several threads.
    `pauses`: seconds until each further try after a clear refusal "not now". `fold_seconds`: after somebody was told
    by this channel, what comes for the same address within so many seconds waits and is told in one; 0: never folded.
    `ahead`: how many are claimed at once, to be handed over one after the other with a book on this disk; 0: only as
    many as there are free slots.
    """

    loop: str
    kinds: tuple[ContactKind, ...]
    open: Callable[[], MailTransport]
    compose: Compose
    code: Callable[[ContactMethod, str], Envelope]
    is_set_up: Callable[[], bool]
    slots: int
    pauses: tuple[int, ...]
    fold_seconds: int
    idle_seconds: float
    ahead: int = 0
