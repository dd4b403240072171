"""What providers report, in one form, and which state a set of reports leads to. Pure.

The state is the highest rank among the reports, so neither their order nor their number matters, and nothing late
takes a delivery back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crisisdesk.core.transports import Fault
from customers.models import DeliveryState


class Kind(StrEnum):
    """What happened to a message that a provider had taken."""

    SENT = "sent"
    DEFERRED = "deferred"
    """The provider goes on trying by itself."""
    DELIVERED = "delivered"
    FAILED = "failed"
    REJECTED = "rejected"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    """The reader used a way out that the provider offers."""


@dataclass(frozen=True, slots=True)
class Report:
    """One event. `delivery_id` leads back by metadata, `provider_id` by the id the provider gave at hand-over.

    `key` is the same for every repeat of the event; `recipient` is empty when the provider does not say.
    """

    provider: str
    key: str
    kind: Kind
    channel: str
    occurred_at: datetime
    delivery_id: int | None = None
    provider_id: str = ""
    recipient: str = ""
    code: str = ""
    text: str = ""
    fault: Fault = Fault.NONE


_STATES = {
    Kind.SENT: DeliveryState.SENT,
    Kind.DEFERRED: DeliveryState.SENT,
    Kind.DELIVERED: DeliveryState.DELIVERED,
    Kind.FAILED: DeliveryState.FAILED,
    Kind.REJECTED: DeliveryState.REJECTED,
    Kind.BOUNCED: DeliveryState.BOUNCED,
    Kind.COMPLAINED: DeliveryState.COMPLAINED,
}
# A bounce after "delivered" is the later knowledge; whoever complains has read it.
_RANKS = {
    DeliveryState.SENT: 1,
    DeliveryState.DELIVERED: 2,
    DeliveryState.FAILED: 3,
    DeliveryState.REJECTED: 4,
    DeliveryState.BOUNCED: 5,
    DeliveryState.COMPLAINED: 6,
}
# A retry by a person begins anew: what failed before it does not count against it.
NEGATIVE = frozenset({Kind.FAILED, Kind.REJECTED, Kind.BOUNCED})
# What only reports bring about; the sender's own refusals give way to them.
_OWN_RANKS = {state: _RANKS[state] for state in (DeliveryState.SENT, DeliveryState.BOUNCED)}


@dataclass(frozen=True, slots=True)
class Reported:
    """The part of a report that decides."""

    kind: Kind
    at: datetime
    key: str
    code: str = ""
    text: str = ""
    fault: Fault = Fault.NONE

    @property
    def state(self) -> DeliveryState | None:
        """The state it stands for; None when it says nothing about the delivery."""
        return _STATES.get(self.kind)


def decisive(reports: Iterable[Reported], *, retried_at: datetime | None) -> Reported | None:
    """The report that decides about the state; the newest among equals."""
    standing = [
        (_RANKS[report.state], report.at, report.key, report)
        for report in reports
        if report.state and not (retried_at and report.kind in NEGATIVE and report.at < retried_at)
    ]
    return max(standing, key=lambda entry: entry[:3])[3] if standing else None


def outranks(report: Reported, current: str, *, was_reported: bool) -> bool:
    """Whether a report moves a delivery on from its state. `was_reported`: an earlier report brought it there."""
    state = report.state
    if state is None:
        return False
    known = DeliveryState(current)
    rank = _RANKS.get(known, 0) if was_reported else _OWN_RANKS.get(known, 0)
    # Of equals the report says more: a newer reason, or that the provider goes on trying.
    return _RANKS[state] > rank or (_RANKS[state] == rank and (was_reported or state is DeliveryState.SENT))


def reason_of(report: Reported) -> str:
    """The plain reason for the state; empty when it is good."""
    said = f"{report.code} {report.text}".strip() or "no reason was given"
    match report.kind:
        case Kind.SENT | Kind.DELIVERED:
            return ""
        case Kind.DEFERRED:
            return f"The provider goes on trying: {said}"[:300]
        case Kind.COMPLAINED:
            return "The reader reported the message as unwanted."
        case Kind.BOUNCED | Kind.REJECTED if report.fault is Fault.ADDRESS:
            return f"The address does not exist: {said}"[:300]
        case Kind.BOUNCED | Kind.REJECTED if report.fault is Fault.POLICY:
            return f"The reader's mail system refuses us as a sender: {said}"[:300]
        case Kind.FAILED:
            return f"The provider could not send it: {said}"[:300]
        case _:
            return f"Not taken: {said}"[:300]


_PERSONAL = re.compile(r"[^\s<>()\[\]:;,\"']+@[\w.-]+|\+\d{7,15}")


def impersonal(text: str) -> str:
    """What a mail system said, without the addresses and numbers in it: the delivery knows whom it was for."""
    return _PERSONAL.sub("…", text)


# Not part of an IP address or a version.
_ENHANCED = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?![\w.])")
_BAD_SENDER = frozenset({"5.1.7", "5.1.8"})


def enhanced_code(*texts: str | None) -> str:
    """The first enhanced status code (RFC 3463) in what was said; empty when there is none."""
    for text in texts:
        if text and (found := _ENHANCED.search(text)):
            return found[1]
    return ""


def fault_of(code: str) -> Fault:
    """Where the reason of an enhanced code lies (standards.md "E-mail" 8)."""
    if code.startswith("5.7.") or code in _BAD_SENDER:
        return Fault.POLICY
    if code.startswith("5.1."):
        return Fault.ADDRESS
    if code.startswith("5.2."):
        return Fault.MAILBOX
    return Fault.OTHER if code else Fault.NONE
