"""What came back, and its story from the rows and from the audit history."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from postmortems import history
from postmortems.actions import close_action, move_action
from postmortems.models import Cause, Postmortem
from postmortems.repeats import ordinal, repeated, times
from postmortems.report import choose_cause
from postmortems.selection import Selection
from tests import factories
from tests.postmortems.conftest import Past, Reported, cause, promise_action

DAY = timedelta(days=1)


def names(selection: Selection) -> list[tuple[str, int]]:
    return [(repeat.cause.slug, repeat.times) for repeat in repeated(selection)]


def test_two_outages_of_one_cause_are_a_repeat(reported: Reported, now: datetime) -> None:
    reported(now - 10 * DAY, "capacity")
    reported(now - 40 * DAY, "capacity")
    reported(now - 20 * DAY, "deployment")

    (repeat,) = repeated(Selection(now))
    assert (repeat.cause.slug, repeat.times, repeat.headline) == ("capacity", 2, "Second time in 180 days")
    assert [row.postmortem.incident.started_at for row in repeat.outages] == [now - 10 * DAY, now - 40 * DAY]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(days=180) - timedelta(seconds=1), [("capacity", 2)]),
        (timedelta(days=180), [("capacity", 2)]),
        (timedelta(days=180) + timedelta(seconds=1), []),
    ],
)
def test_it_looks_back_as_far_as_the_window(
    reported: Reported, now: datetime, age: timedelta, expected: list[tuple[str, int]]
) -> None:
    reported(now - DAY, "capacity")
    reported(now - age, "capacity")
    assert names(Selection(now)) == expected


def test_the_most_frequent_comes_first(reported: Reported, now: datetime) -> None:
    for days, slug in ((1, "deployment"), (2, "deployment"), (3, "capacity"), (4, "capacity"), (5, "capacity")):
        reported(now - days * DAY, slug)
    assert names(Selection(now)) == [("capacity", 3), ("deployment", 2)]


def test_unknown_is_no_cause_that_returns(reported: Reported, now: datetime) -> None:
    reported(now - DAY, "unknown")
    reported(now - 2 * DAY, "unknown")
    assert names(Selection(now)) == []


def test_drills_do_not_count(reported: Reported, past: Past, now: datetime) -> None:
    reported(now - DAY, "capacity")
    drill = past(now - 2 * DAY, is_drill=True)
    Postmortem.objects.create(
        incident=drill, opened_at=now, covers_until=now, due_on=now.date(), cause=cause("capacity")
    )
    assert names(Selection(now)) == []


def test_one_service_at_a_time_can_be_asked_for(reported: Reported, now: datetime) -> None:
    reports = factories.service("Reports")
    reported(now - DAY, "capacity", service=reports)
    reported(now - 2 * DAY, "capacity", service=reports)
    reported(now - 3 * DAY, "capacity")

    assert names(Selection(now)) == [("capacity", 3)]
    assert names(Selection(now, service=reports)) == [("capacity", 2)]
    assert names(Selection(now, service=factories.service())) == []


def test_it_says_what_was_promised_after_the_earlier_one_and_how_often_it_moved(
    reported: Reported, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    first = reported(now - 100 * DAY, "capacity")
    then = now - 99 * DAY
    action = promise_action(first, ivo, by_ivo, then, due_on=(now - 60 * DAY).date())
    for days in (50, 20):
        move_action(action, due_on=(now - days * DAY).date(), reason="Other work.", by=by_ivo, now=now - 70 * DAY)
    last = reported(now - DAY, "capacity")
    promise_action(last, ivo, by_ivo, now)

    (repeat,) = repeated(Selection(now))

    assert repeat.verdict == (
        "“Double the pool” was promised on 1 December 2025 and is still open, overdue since 18 February 2026."
    )
    assert repeat.moved == "Its day was moved twice."
    assert [promised.moves for row in repeat.outages for promised in row.actions] == [0, 2]


def test_it_says_that_what_was_promised_was_done_and_did_not_help(
    reported: Reported, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    first = reported(now - 100 * DAY, "capacity")
    close_action(promise_action(first, ivo, by_ivo, now - 99 * DAY), proof="Test.", by=by_ivo, now=now - 90 * DAY)
    promise_action(reported(now - DAY, "capacity"), ivo, by_ivo, now)

    (repeat,) = repeated(Selection(now))
    assert repeat.verdict == "Everything promised after the earlier ones is done (1 of 1), and it came back."


def test_it_says_that_nothing_was_promised(reported: Reported, now: datetime) -> None:
    reported(now - 100 * DAY, "capacity")
    reported(now - DAY, "capacity")
    (repeat,) = repeated(Selection(now))
    assert repeat.verdict == "Nothing was promised after the earlier ones."


def test_it_tells_of_a_cause_that_was_reclassified(reported: Reported, by_ivo: Actor, now: datetime) -> None:
    moved = reported(now - 5 * DAY, "unknown")
    reported(now - DAY, "capacity")
    choose_cause(moved, cause("capacity"), reason="Graphs found.", by=by_ivo, now=now - 2 * DAY)

    (repeat,) = repeated(Selection(now))
    assert [row.reclassified for row in repeat.outages] == [0, 1]


def test_the_overview_shows_two_and_counts_the_rest(reported: Reported, now: datetime) -> None:
    for days in range(1, 7):
        reported(now - days * DAY, "capacity")
    (repeat,) = repeated(Selection(now))
    assert (len(repeat.outages), repeat.hidden) == (2, 4)


@pytest.mark.parametrize("count", [2, 9])
def test_it_reads_as_often_whatever_came_back(
    reported: Reported,
    ivo: User,
    by_ivo: Actor,
    now: datetime,
    count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for days in range(1, count):
        for slug in ("capacity", "deployment"):
            promise_action(reported(now - days * DAY, slug), ivo, by_ivo, now)
    with django_assert_max_num_queries(9):
        repeated(Selection(now))


def test_the_record_says_who_did_what_when(reported: Reported, ivo: User, by_ivo: Actor, now: datetime) -> None:
    moved = reported(now - 5 * DAY, "unknown")
    choose_cause(moved, cause("capacity"), reason="Graphs found.", by=by_ivo, now=now - 3 * DAY)
    action = promise_action(moved, ivo, by_ivo, now - 3 * DAY)
    move_action(action, due_on=(now + 40 * DAY).date(), reason="Launch.", by=by_ivo, now=now - DAY)

    told = [(row.who, row.what) for row in history.of_cause(cause("capacity"))]

    assert told[0] == ("Ivo Brandt", "moved the day of “Double the pool” from 28 March 2026 to 19 April 2026. Launch.")
    assert ("Ivo Brandt", "reclassified the cause: unknown → capacity. Graphs found.") in told
    # The cause it was taken from has it in its record, too.
    assert ("Ivo Brandt", "reclassified the cause: unknown → capacity. Graphs found.") in [
        (row.who, row.what) for row in history.of_cause(cause("unknown"))
    ]


def test_the_record_knows_what_was_changed_without_an_act(reported: Reported, now: datetime) -> None:
    postmortem = Postmortem.objects.get(pk=reported(now - 5 * DAY, "capacity").pk)
    postmortem.cause = Cause.objects.get(slug="security")
    postmortem.save()  # as an import or an old version would

    (row,) = [row for row in history.of_cause(cause("security")) if row.source.startswith("history row")]
    assert row.what == "reclassified the cause: Capacity → Security"


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (2, "Second"),
        (3, "Third"),
        (10, "Tenth"),
        (11, "11th"),
        (12, "12th"),
        (21, "21st"),
        (22, "22nd"),
        (113, "113th"),
    ],
)
def test_it_counts_in_words(number: int, word: str) -> None:
    assert ordinal(number) == word


def test_it_says_once_and_twice() -> None:
    assert [times(number) for number in (1, 2, 3)] == ["once", "twice", "3 times"]
