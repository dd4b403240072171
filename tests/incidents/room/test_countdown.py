"""The clock of a promise: before, at and after each step of its policy."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from incidents.models import PolicyStep, Promise, StepAction
from incidents.room.countdown import clock_text, countdown

STEPS = [
    PolicyStep(offset_seconds=0, action=StepAction.MISS),
    PolicyStep(offset_seconds=-300, action=StepAction.ESCALATE),
    PolicyStep(offset_seconds=-600, action=StepAction.REMIND),
]


@pytest.mark.parametrize(
    ("seconds_left", "level", "clock"),
    [
        (601, "calm", "10:01"),
        (600, "soon", "10:00"),
        (301, "soon", "5:01"),
        (300, "urgent", "5:00"),
        (1, "urgent", "0:01"),
        (0, "missed", "0:00"),
        (-75, "missed", "1:15"),
    ],
)
def test_it_changes_at_each_step(now: datetime, seconds_left: int, level: str, clock: str) -> None:
    shown = countdown(Promise(due_at=now + timedelta(seconds=seconds_left)), STEPS, now)
    assert (shown.level, shown.clock) == (level, clock)


def test_the_browser_gets_the_steps_in_time_order(now: datetime) -> None:
    shown = countdown(Promise(due_at=now + timedelta(hours=1)), STEPS, now)
    steps = json.loads(shown.steps_json)
    assert [step[1] for step in steps] == ["calm", "soon", "urgent", "missed"]
    assert [step[0] for step in steps] == sorted(step[0] for step in steps)
    assert steps[-1][0] == (now + timedelta(hours=1)).timestamp() * 1000


def test_without_a_policy_only_the_miss_is_told(now: datetime) -> None:
    assert countdown(Promise(due_at=now + timedelta(seconds=5)), [], now).level == "calm"
    assert countdown(Promise(due_at=now - timedelta(seconds=5)), [], now).level == "missed"


def test_hours_are_shown_when_there_are_any() -> None:
    assert clock_text(3725) == "1:02:05"
