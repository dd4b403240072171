"""One mail for one recipient, and the shape of what carries it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from crisisdesk.core.transports.answers import Answer


@dataclass(frozen=True, slots=True)
class Envelope:
    """`content` is the whole mail in RFC 5322 form, with CRLF; `sender` and `recipient` are bare addresses.

    `reference` leads back to the row it was made from; providers get it as metadata. `way` is the name of the only way
    out that it may take, of several; empty for any.
    """

    sender: str
    recipient: str
    content: bytes
    message_id: str
    reference: str = ""
    way: str = ""


def always() -> bool:
    """The permit of somebody who holds no lease."""
    return True


class MailTransport(AbstractContextManager["MailTransport"], Protocol):
    """A way out with connections of its own; used by one thread. Leaving the context closes them.

    `repeats_safely`: a repeat under the same Message-ID and Date is recognised by mailbox systems (SMTP); otherwise
    an unknown outcome is never repeated (a provider's HTTP API).
    """

    name: str
    repeats_safely: bool

    def send(self, envelope: Envelope, *, may_send: Callable[[], bool] = always) -> Answer:
        """Hand one mail over and say what came of it; never raises for what the other side does.

        `may_send` is asked as late as possible, right before the content leaves; when it says no, the mail has not
        been sent and the answer is DEFERRED with the code `WITHHELD`.
        """
        ...


WITHHELD = "withheld"
