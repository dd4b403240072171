"""Action items and what their history says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from postmortems.actions import add_action, close_action, move_action, reopen_action
from postmortems.models import Action, ActionState, Postmortem
from tests.postmortems.conftest import promise_action


@pytest.fixture
def action(postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime) -> Action:
    """Ivo promised to double the pool by 31 March."""
    return promise_action(postmortem, ivo, by_ivo, now)


def test_it_has_one_owner_and_one_day(action: Action, ivo: User) -> None:
    assert (action.owner, action.due_on, action.state) == (ivo, date(2026, 3, 31), ActionState.OPEN)
    assert not action.is_overdue(date(2026, 3, 31))
    assert action.is_overdue(date(2026, 4, 1))
    assert list(Action.objects.overdue(date(2026, 4, 1))) == [action]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"title": " "}, "Say what will be done."),
        ({"title": "x" * 301}, "Say it in 300 characters"),
        ({"kind": "hope"}, "prevent, detect or mitigate"),
        ({"due_on": date(2026, 3, 9)}, "The day lies in the past"),
    ],
)
def test_it_refuses_a_vague_one(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime, change: dict[str, object], text: str
) -> None:
    with pytest.raises(InvalidInput, match=text):
        promise_action(postmortem, ivo, by_ivo, now, **change)
    assert not Action.objects.exists()


def test_it_may_be_due_today(postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime) -> None:
    assert promise_action(postmortem, ivo, by_ivo, now, due_on=now.date()).pk


def test_it_is_not_given_to_somebody_who_left(postmortem: Postmortem, otto: User, by_ivo: Actor, now: datetime) -> None:
    otto.is_active = False
    otto.save()
    with pytest.raises(InvalidInput, match="Otto Klein no longer works here"):
        promise_action(postmortem, otto, by_ivo, now)


def test_each_move_of_its_day_stays(action: Action, by_ivo: Actor, now: datetime) -> None:
    for days in (30, 60):
        move_action(action, due_on=now.date() + timedelta(days=days), reason="Other work.", by=by_ivo, now=now)

    assert [row.due_on for row in action.history.order_by("history_id")] == [
        date(2026, 3, 31),
        date(2026, 4, 9),
        date(2026, 5, 9),
    ]
    moves = AuditEntry.objects.filter(action="postmortem.action_moved").order_by("id")
    assert [(row.data["from"], row.data["to"]) for row in moves] == [
        ("2026-03-31", "2026-04-09"),
        ("2026-04-09", "2026-05-09"),
    ]


def test_a_move_takes_a_reason_and_a_day_to_come(action: Action, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput) as refusal:
        move_action(action, due_on=date(2026, 3, 1), reason="", by=by_ivo, now=now)
    assert set(refusal.value.errors) == {"due_on", "reason"}


@pytest.mark.parametrize("day", [date(2036, 3, 8), date(9999, 12, 31)])
def test_a_day_whose_year_was_mistyped_is_refused(action: Action, by_ivo: Actor, now: datetime, day: date) -> None:
    with pytest.raises(InvalidInput, match="more than ten years ahead"):
        move_action(action, due_on=day, reason="x", by=by_ivo, now=now)
    assert move_action(action, due_on=date(2036, 3, 7), reason="x", by=by_ivo, now=now).due_on.year == 2036


def test_a_move_to_the_same_day_is_none(action: Action, by_ivo: Actor, now: datetime) -> None:
    move_action(action, due_on=action.due_on, reason="x", by=by_ivo, now=now)
    assert not AuditEntry.objects.filter(action="postmortem.action_moved").exists()


def test_it_is_done_with_proof_only(action: Action, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="Say what shows that it is done"):
        close_action(action, proof=" ", by=by_ivo, now=now)

    done = close_action(action, proof="Load test of 12 March.", by=by_ivo, now=now)

    assert (done.state, done.closed_by_name, done.proof) == ("done", "Ivo Brandt", "Load test of 12 March.")
    with pytest.raises(WrongState, match="was done on 2026-03-10; reopen it before you close it"):
        close_action(done, proof="x", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="reopen it before you move its day"):
        move_action(done, due_on=date(2026, 6, 1), reason="x", by=by_ivo, now=now)


def test_it_can_be_reopened_when_it_did_not_help(action: Action, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(WrongState, match="is open already"):
        reopen_action(action, reason="It came back.", by=by_ivo, now=now)
    close_action(action, proof="Test.", by=by_ivo, now=now)
    with pytest.raises(InvalidInput, match="Say what shows"):
        reopen_action(action, reason="", by=by_ivo, now=now)

    assert reopen_action(action, reason="It came back.", by=by_ivo, now=now).is_open


@pytest.mark.parametrize("who", ["by_dana", "by_mara", "by_mira", "by_ada", "by_otto"])
def test_only_operations_edit_them(
    action: Action, postmortem: Postmortem, ivo: User, now: datetime, who: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)
    day = date(2026, 6, 1)
    refusals: list[Callable[[], object]] = [
        lambda: add_action(postmortem, kind="prevent", title="x", owner=ivo, due_on=day, by=actor, now=now),
        lambda: move_action(action, due_on=day, reason="x", by=actor, now=now),
        lambda: close_action(action, proof="x", by=actor, now=now),
        lambda: reopen_action(action, reason="x", by=actor, now=now),
    ]
    for refused in refusals:
        with pytest.raises(NotAllowed, match=r"may not edit action items\. This takes Operations\."):
            refused()
