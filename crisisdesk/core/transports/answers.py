"""What came of an attempt, and what a mail server's reply means. Pure.

Reply codes: RFC 5321 §4.2; enhanced codes: RFC 3463 and the IANA registry of RFC 5248.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What is known after an attempt."""

    ACCEPTED = "accepted"
    """The other side took responsibility for the mail."""
    DEFERRED = "deferred"
    """Not taken now; the same attempt may succeed later."""
    REJECTED = "rejected"
    """Refused for good, for this recipient or this mail."""
    BROKEN = "broken"
    """The transport itself does not work: nothing can go this way now. This mail was not taken."""
    UNKNOWN = "unknown"
    """The connection was lost after the mail was handed over and before the answer."""


class Fault(StrEnum):
    """Where the reason for a refusal lies."""

    NONE = ""
    ADDRESS = "address"
    """The recipient's address does not exist (enhanced 5.1.x)."""
    MAILBOX = "mailbox"
    """The recipient's mailbox is full, disabled or refuses."""
    CONTENT = "content"
    """This mail: its size, its form, its encoding."""
    THROTTLE = "throttle"
    """Too much, too fast, or greylisted: come back later."""
    POLICY = "policy"
    """We are not trusted or not permitted (5.7.x, a refused sender): our own fault."""
    AUTHENTICATION = "authentication"
    """Our name and password are not accepted."""
    TLS = "tls"
    """The other side could not prove who it is, or offers no encryption where we demand it."""
    CONNECTION = "connection"
    """Nobody answers, or the connection was lost."""
    OTHER = "other"


# Only a person can mend these: the credentials, the sender's reputation, a certificate.
OUR_OWN_FAULTS = frozenset({Fault.POLICY, Fault.AUTHENTICATION, Fault.TLS})


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one attempt. `code` as given, such as "550 5.1.1"; `text` is the other side's, shortened.

    `received_as` is the Message-ID that the other side put in place of ours. `is_repeatable`: an unknown outcome may be
    repeated, under the same Message-ID and by this very transport.
    """

    outcome: Outcome
    code: str
    text: str
    transport: str
    provider_id: str = ""
    fault: Fault = Fault.NONE
    received_as: str = ""
    is_repeatable: bool = False


class Stage(StrEnum):
    """How far a session had come when the reply was read."""

    CONNECT = "connect"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")
_AUTHENTICATION_CODES = frozenset({530, 534, 535, 538})
_BAD_SENDER = frozenset({"5.1.7", "5.1.8", "4.1.7", "4.1.8"})
_MAX_TEXT = 250


def split_reply(code: int, text: bytes | str) -> tuple[str, str]:
    """("550 5.1.1", "unknown user") from a code and the text after it; lines joined, control characters gone."""
    flat = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    lines = [line.strip() for line in flat.splitlines() if line.strip()]
    enhanced = _ENHANCED.match(lines[0]) if lines else None
    if enhanced:
        lines = [line.removeprefix(enhanced[0]).strip() for line in lines]
    shown = "".join(character for character in " ".join(lines) if character.isprintable())
    return f"{code} {enhanced[0]}" if enhanced else str(code), shown[:_MAX_TEXT]


def classify(stage: Stage, code: int, text: bytes | str) -> tuple[Outcome, Fault]:
    """What a reply means at a stage of the session. `code` 2xx is acceptance; unreadable codes (-1) break it."""
    enhanced = split_reply(code, text)[0].partition(" ")[2]
    if 200 <= code < 300:
        return Outcome.ACCEPTED, Fault.NONE
    if code in _AUTHENTICATION_CODES:
        return Outcome.BROKEN, Fault.AUTHENTICATION
    if 400 <= code < 500:
        return _temporary(stage, code, enhanced)
    if 500 <= code < 600:
        return _permanent(stage, code, enhanced)
    return Outcome.BROKEN, Fault.CONNECTION


def _temporary(stage: Stage, code: int, enhanced: str) -> tuple[Outcome, Fault]:
    if stage in (Stage.CONNECT, Stage.AUTH):
        return Outcome.BROKEN, Fault.CONNECTION
    if code == 421:
        return Outcome.DEFERRED, Fault.CONNECTION
    if enhanced.startswith("4.2."):
        return Outcome.DEFERRED, Fault.MAILBOX
    return Outcome.DEFERRED, Fault.THROTTLE


def _permanent(stage: Stage, code: int, enhanced: str) -> tuple[Outcome, Fault]:
    if stage is Stage.AUTH:
        return Outcome.BROKEN, Fault.AUTHENTICATION
    if stage is Stage.CONNECT or enhanced.startswith("5.7.") or enhanced in _BAD_SENDER:
        return Outcome.BROKEN, Fault.POLICY
    if code == 552 or enhanced.startswith(("5.3.4", "5.6.")):
        fault = Fault.MAILBOX if enhanced.startswith("5.2.") else Fault.CONTENT
        return Outcome.REJECTED, fault
    if stage is Stage.MAIL:
        return Outcome.BROKEN, Fault.POLICY
    if enhanced.startswith("5.1."):
        return Outcome.REJECTED, Fault.ADDRESS
    if enhanced.startswith("5.2."):
        return Outcome.REJECTED, Fault.MAILBOX
    return Outcome.REJECTED, Fault.OTHER
