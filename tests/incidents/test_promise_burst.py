"""Many promises due at one moment: a fixed number of statements, each action once, one poisonous promise set aside."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.promised import OFFSETS, make_incidents, make_policy, promise_all
from crisisdesk.core import deadlines
from crisisdesk.core.models import AuditEntry, DeadlineStep, User
from incidents import promise_steps
from incidents.models import Incident, Notification, Outcome, Promise, TimelineEntry
from incidents.wording import step_words

MANY = 60


@pytest.fixture
def due(now: datetime, dana: User, mira: User) -> datetime:
    """Sixty incidents, each with an update promised for this moment."""
    incidents = make_incidents(MANY, now)
    due_at = now + timedelta(minutes=30)
    promise_all(incidents, [due_at] * MANY, make_policy(), now)
    return due_at


def fire(at: datetime) -> tuple[int, int]:
    """How many steps were settled, in how many statements."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        settled = deadlines.fire_due(at)
    return settled, len(queries)


def test_it_takes_few_statements_for_many_actions(due: datetime) -> None:
    reminded, statements = fire(due - timedelta(seconds=6))
    assert (reminded, statements <= 20) == (MANY, True)

    deadlines.fire_due(due - timedelta(seconds=3))
    # At the moment itself each has two actions: the record of the miss, and its telling.
    settled, statements = fire(due + timedelta(seconds=1))
    assert (settled, statements <= 40) == (2 * MANY, True)


def test_it_does_each_action_exactly_once(due: datetime) -> None:
    for offset in (*OFFSETS, *OFFSETS):
        deadlines.fire_due(due + timedelta(seconds=offset, microseconds=1))

    assert Notification.objects.count() == MANY * len(OFFSETS)
    assert Promise.objects.filter(outcome=Outcome.MISSED, missed_at__gt=due).count() == MANY
    assert AuditEntry.objects.filter(action="promise.missed").values("object_id").distinct().count() == MANY
    assert AuditEntry.objects.filter(action="promise.missed").count() == MANY
    assert TimelineEntry.objects.filter(kind="promise").count() == MANY
    assert not DeadlineStep.objects.exclude(state="fired", attempts=1).exists()


def test_it_sets_a_poisonous_promise_aside_alone(due: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    poison = Incident.objects.order_by("pk")[17]
    words = step_words

    def break_for_one(incident: Incident, *rest: object) -> object:
        if incident == poison:
            raise ValueError("cannot be put into words")
        return words(incident, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(promise_steps, "step_words", break_for_one)

    deadlines.fire_due(due - timedelta(seconds=6))

    assert Notification.objects.count() == MANY - 1
    (left,) = DeadlineStep.objects.filter(attempts=1, state="pending")
    assert Promise.objects.get(pk=int(left.deadline.key)).incident == poison
