"""A due time with steps: each fires once, the newest wins after downtime, a failing one stops nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from crisisdesk.core import deadlines, firing
from crisisdesk.core.deadlines import Step
from crisisdesk.core.models import Deadline, DeadlineStep

MINUTE = timedelta(minutes=1)


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the steps that fired, in order."""
    names: list[str] = []

    def handler(step: DeadlineStep, now: datetime) -> None:
        if step.name == "poison":
            raise ValueError("cannot")
        names.append(step.name)

    monkeypatch.setattr(firing, "_handlers", dict(firing._handlers))
    deadlines.register("tea", handler)
    return names


def plan(now: datetime, *steps: Step, key: str = "1") -> Deadline:
    """A deadline in ten minutes."""
    return deadlines.set_deadline(kind="tea", key=key, due_at=now + 10 * MINUTE, steps=steps, now=now)


def states() -> dict[str, str]:
    """What became of each step."""
    return dict(DeadlineStep.objects.values_list("name", "state"))


@pytest.mark.django_db
def test_it_fires_a_step_at_its_moment_and_not_before(now: datetime, fired: list[str]) -> None:
    plan(now, Step("pour", now + 5 * MINUTE))

    assert deadlines.fire_due(now + 5 * MINUTE - timedelta(microseconds=1)) == 0
    assert deadlines.fire_due(now + 5 * MINUTE) == 1
    assert deadlines.fire_due(now + 6 * MINUTE) == 0
    assert fired == ["pour"]


@pytest.mark.django_db
def test_it_fires_only_the_newest_of_several_due_steps(now: datetime, fired: list[str]) -> None:
    plan(now, Step("fill", now + MINUTE), Step("heat", now + 2 * MINUTE), Step("drink", now + 60 * MINUTE))

    deadlines.fire_due(now + 3 * MINUTE)

    assert fired == ["heat"]
    assert states() == {"fill": "skipped", "heat": "fired", "drink": "pending"}


@pytest.mark.django_db
def test_it_fires_what_must_always_fire_although_it_is_old(now: datetime, fired: list[str]) -> None:
    plan(now, Step("record", now + MINUTE, always=True), Step("tell", now + 2 * MINUTE))

    deadlines.fire_due(now + 3 * MINUTE)

    assert fired == ["record", "tell"]


@pytest.mark.django_db
def test_it_fires_nothing_once_it_is_closed(now: datetime, fired: list[str]) -> None:
    plan(now, Step("pour", now + MINUTE))

    assert deadlines.close(kind="tea", key="1", now=now) is True
    assert deadlines.close(kind="tea", key="1", now=now) is False

    deadlines.fire_due(now + 2 * MINUTE)
    assert fired == []
    assert states() == {"pour": "cancelled"}


@pytest.mark.django_db
def test_it_replaces_an_open_deadline_of_the_same_key(now: datetime, fired: list[str]) -> None:
    plan(now, Step("early", now + MINUTE))
    plan(now, Step("late", now + 2 * MINUTE))

    deadlines.fire_due(now + 5 * MINUTE)

    assert fired == ["late"]
    assert Deadline.objects.filter(closed_at=None).count() == 1


@pytest.mark.django_db
def test_it_sets_a_poisonous_step_aside_and_goes_on(
    now: datetime, fired: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    plan(now, Step("poison", now + MINUTE))
    plan(now, Step("pour", now + MINUTE), key="2")

    moment = now + MINUTE
    for _ in range(deadlines.MAX_ATTEMPTS + 2):
        deadlines.fire_due(moment)
        moment += 10 * MINUTE

    assert fired == ["pour"]
    step = DeadlineStep.objects.get(name="poison")
    assert (step.state, step.attempts, step.error) == ("failed", deadlines.MAX_ATTEMPTS, "ValueError: cannot")
    assert "failed: ValueError at core/test_deadlines.py" in caplog.text
    assert "cannot" not in caplog.text, "its words may hold an address"


@pytest.mark.django_db
def test_it_waits_between_attempts(now: datetime, fired: list[str]) -> None:
    plan(now, Step("poison", now + MINUTE))
    deadlines.fire_due(now + MINUTE)

    deadlines.fire_due(now + MINUTE + timedelta(seconds=1))
    assert DeadlineStep.objects.get().attempts == 1

    deadlines.fire_due(now + MINUTE + timedelta(seconds=2))
    assert DeadlineStep.objects.get().attempts == 2


@pytest.mark.django_db
def test_it_stops_between_two_steps_when_its_lease_is_lost(now: datetime, fired: list[str]) -> None:
    for number in range(3):
        plan(now, Step(f"step {number}", now - timedelta(seconds=3 - number)), key=str(number))
    held = iter([True, True, False])
    assert deadlines.fire_due(now, may_go_on=lambda: next(held)) == 2
    assert fired == ["step 0", "step 1"]
    assert deadlines.fire_due(now) == 1


@pytest.fixture
def poured(fired: list[str]) -> list[list[str]]:
    """The batches in which steps of the kind "tea" were settled for good."""
    batches: list[list[str]] = []

    def handler(steps: Sequence[DeadlineStep], now: datetime) -> None:
        if any(step.name == "poison" for step in steps):
            raise ValueError("cannot")
        batches.append([step.name for step in steps])

    deadlines.register_batch("tea", handler)
    return batches


@pytest.mark.django_db
def test_it_fires_many_steps_at_once_where_the_handler_can(now: datetime, poured: list[list[str]]) -> None:
    for number in range(5):
        plan(now, Step(f"cup {number}", now + number * MINUTE), key=str(number))
    plan(now, Step("old", now), Step("new", now + MINUTE), Step("always", now, always=True), key="late")

    assert deadlines.fire_due(now + 10 * MINUTE) == 8

    assert poured == [["cup 0", "always", "cup 1", "new", "cup 2", "cup 3", "cup 4"]]
    assert states()["old"] == "skipped"
    assert deadlines.fire_due(now + 10 * MINUTE) == 0


@pytest.mark.django_db
def test_it_finds_the_poison_of_a_batch_and_fires_the_others_once(now: datetime, poured: list[list[str]]) -> None:
    for number in range(9):
        name = "poison" if number in (3, 7) else f"cup {number}"
        plan(now, Step(name, now), key=str(number))

    assert deadlines.fire_due(now) == 7

    assert sorted(name for batch in poured for name in batch) == [f"cup {n}" for n in (0, 1, 2, 4, 5, 6, 8)]
    left = DeadlineStep.objects.filter(state="pending")
    assert [(step.name, step.attempts) for step in left] == [("poison", 1), ("poison", 1)]
    assert DeadlineStep.objects.filter(state="fired", attempts=1).count() == 7


@pytest.mark.django_db
def test_it_stops_between_two_batches_when_its_lease_is_lost(
    now: datetime, poured: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "AT_ONCE", 2)
    for number in range(5):
        plan(now, Step(f"cup {number}", now + timedelta(seconds=number)), key=str(number))
    held = iter([True, False])

    assert deadlines.fire_due(now + MINUTE, may_go_on=lambda: next(held)) == 2
    assert poured == [["cup 0", "cup 1"]]
