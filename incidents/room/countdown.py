"""The clock of a promise as the pages show it: words and level change at the policy's steps."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from incidents.models import PolicyStep, Promise, StepAction

CALM, SOON, URGENT, MISSED = "calm", "soon", "urgent", "missed"
_AT_STEP = {
    StepAction.REMIND: (SOON, "Reminder sent: due in"),
    StepAction.ESCALATE: (URGENT, "Escalated: due in"),
}


@dataclass(frozen=True, slots=True)
class Countdown:
    """What parts/countdown.html shows; `steps_json` lets the browser move on by itself, on the server's clock."""

    due_at: datetime
    level: str
    words: str
    clock: str
    steps_json: str


def countdown(promise: Promise, steps: Iterable[PolicyStep], now: datetime) -> Countdown:
    """The clock of an open promise under the steps of its policy."""
    moments = [(datetime.min.replace(tzinfo=now.tzinfo), CALM, "Next update in")]
    moments += [
        (promise.due_at + timedelta(seconds=step.offset_seconds), *_AT_STEP[StepAction(step.action)])
        for step in sorted(steps, key=lambda step: step.offset_seconds)
        if step.offset_seconds < 0 and step.action in _AT_STEP
    ]
    moments.append((promise.due_at, MISSED, "Promise missed, overdue by"))
    passed = list(takewhile(lambda moment: moment[0] <= now, moments))
    _at, level, words = passed[-1]
    return Countdown(
        due_at=promise.due_at,
        level=level,
        words=words,
        clock=clock_text(promise.remaining_seconds(now)),
        steps_json=json.dumps([[_milliseconds(at), level, words] for at, level, words in moments]),
    )


def clock_text(seconds: float) -> str:
    """Minutes and seconds, with hours when there are any; the sign is said in words: "12:05", "1:02:05"."""
    whole = int(abs(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _milliseconds(at: datetime) -> int:
    return 0 if at.year == 1 else round(at.timestamp() * 1000)
