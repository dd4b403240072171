"""What staff read about a promise: pure text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incidents.models import Incident, Notification, PolicyStep, Promise, StepAction

Purpose = Notification.Purpose
_PURPOSES = {
    StepAction.REMIND: Purpose.REMINDER,
    StepAction.ESCALATE: Purpose.ESCALATION,
    StepAction.MISS: Purpose.MISS,
}


@dataclass(frozen=True, slots=True)
class StepWords:
    """A notification about a promise."""

    purpose: Notification.Purpose
    subject: str
    body: str


def step_words(incident: Incident, promise: Promise, rule: PolicyStep, now: datetime) -> StepWords:
    """What one step of the policy says."""
    purpose = _PURPOSES[StepAction(rule.action)]
    due = f"{promise.due_at:%H:%M} UTC"
    if purpose == Purpose.MISS:
        subject = f"[MISSED] {incident.reference}: the update promised for {due} was not sent"
        body = (
            f"Customers were told that the next update on “{incident.title}” comes by {due}. It did not. "
            "The miss is recorded; the update is still owed."
        )
    else:
        left = span(promise.remaining_seconds(now))
        word = "REMINDER" if purpose == Purpose.REMINDER else "ESCALATION"
        subject = f"[{word}] {incident.reference}: the promised update {left}"
        body = (
            f"Customers were told that the next update on “{incident.title}” comes by {due}; that {left}. "
            "Send one now, even if it only says what is being done and when the next one comes."
        )
    return StepWords(purpose, subject, f"{body}\n\n{rule.words}".strip())


def span(seconds: float) -> str:
    """ "is due in 5 min" or "is 2 min late", rounded the careful way."""
    if seconds < 0:
        return f"is {amount_of_time(-seconds)} late"
    return f"is due in {amount_of_time(seconds)}"


def amount_of_time(seconds: float) -> str:
    """A length of time in words: "40 s", "12 min", "2.5 h"."""
    if seconds < 90:
        return f"{round(seconds)} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
