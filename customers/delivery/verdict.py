"""What an answer means for a delivery: its next state, why, and when it is tried again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crisisdesk.core.transports import Answer, Fault, Outcome
from customers.models import DeliveryState

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=20)
# A lost connection is repeated soon: the reader waits for the message.
REPEAT_PAUSE = timedelta(seconds=5)
# Refused for reasons of policy this often while others were taken: it is about this recipient.
POLICY_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a delivery stands while its answer is judged. `attempts` counts the one just made."""

    attempts: int
    unknowns: int
    give_up_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state of a delivery. `next_attempt_at` is set when it is tried again."""

    state: DeliveryState
    reason: str = ""
    next_attempt_at: datetime | None = None
    suppress: str = ""
    is_unknown: bool = False


def judge(answer: Answer, standing: Standing, *, repeats_safely: bool, now: datetime, jitter: float) -> Verdict:
    """The verdict on one answer. `jitter` is a random number from 0 to 1."""
    match answer.outcome:
        case Outcome.ACCEPTED:
            return Verdict(DeliveryState.SENT)
        case Outcome.REJECTED:
            return _refused(answer)
        case Outcome.UNKNOWN:
            return _unknown(answer, standing, repeats_safely=repeats_safely, now=now)
        case Outcome.BROKEN if answer.fault is Fault.POLICY and standing.attempts >= POLICY_ATTEMPTS:
            return Verdict(DeliveryState.REJECTED, f"The mail server refuses us for this recipient: {quote(answer)}")
        case _:
            return _later(answer, standing, now=now, jitter=jitter)


def pause_after(attempts: int, jitter: float) -> timedelta:
    """How long to wait after the n-th attempt: doubled each time, spread by ± 25 %."""
    plain = min(FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 10)), LONGEST_PAUSE)
    return plain * (0.75 + 0.5 * jitter)


def quote(answer: Answer) -> str:
    """The other side's words, such as "550 5.1.1 User unknown"."""
    return f"{answer.code} {answer.text}".strip() or "no reason was given"


def _refused(answer: Answer) -> Verdict:
    said = quote(answer)
    match answer.fault:
        case Fault.ADDRESS if answer.code:
            reason = f"The address does not exist: {said}"
            return Verdict(DeliveryState.BOUNCED, reason, suppress=said)
        case Fault.ADDRESS:
            return Verdict(DeliveryState.REJECTED, said)
        case Fault.MAILBOX:
            return Verdict(DeliveryState.REJECTED, f"The mailbox takes no mail: {said}")
        case Fault.CONTENT:
            return Verdict(DeliveryState.REJECTED, f"The mail itself was refused: {said}")
        case _:
            return Verdict(DeliveryState.REJECTED, f"Refused: {said}")


def _unknown(answer: Answer, standing: Standing, *, repeats_safely: bool, now: datetime) -> Verdict:
    if repeats_safely and standing.unknowns == 0:
        reason = "The connection was lost before the answer; it is repeated once under the same Message-ID."
        return Verdict(DeliveryState.DEFERRED, reason, next_attempt_at=now + REPEAT_PAUSE, is_unknown=True)
    reason = f"Nobody can say whether it arrived: {quote(answer)}"
    return Verdict(DeliveryState.UNCONFIRMED, reason, is_unknown=True)


def _later(answer: Answer, standing: Standing, *, now: datetime, jitter: float) -> Verdict:
    again = now + pause_after(standing.attempts, jitter)
    if again >= standing.give_up_at and standing.unknowns:
        return Verdict(DeliveryState.UNCONFIRMED, f"Nobody can say whether it arrived: {quote(answer)}")
    if again >= standing.give_up_at:
        return Verdict(DeliveryState.FAILED, f"Given up after {standing.attempts} attempts: {quote(answer)}")
    return Verdict(DeliveryState.DEFERRED, f"Not taken yet: {quote(answer)}", next_attempt_at=again)
