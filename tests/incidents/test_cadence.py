"""The arithmetic of the next update, before, at and after each edge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.cadence import TICK, Gaps, holding_moment, lateness_seconds, planned, refuse_gap

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def refusal(minutes: float | None, *, long_path: bool = False, short_confirmed: bool = False) -> str:
    """The refusal for a next update so many minutes ahead."""
    at = None if minutes is None else NOW + timedelta(minutes=minutes)
    return refuse_gap(NOW, at, Gaps(), long_path=long_path, short_confirmed=short_confirmed)


def test_it_asks_for_a_time_when_none_is_given() -> None:
    assert "commits to a time" in refusal(None)


@pytest.mark.parametrize("minutes", [0, -1])
def test_it_refuses_a_time_that_has_passed(minutes: float) -> None:
    assert "in the past" in refusal(minutes)


@pytest.mark.parametrize(("minutes", "accepted"), [(60, True), (61, True), (61.1, False), (180, False)])
def test_it_takes_at_most_an_hour(minutes: float, accepted: bool) -> None:
    assert (refusal(minutes) == "") is accepted


def test_it_takes_longer_on_a_known_longer_path() -> None:
    assert refusal(240, long_path=True) == ""
    assert refusal(24 * 60, long_path=True) == ""
    assert "more than a day" in refusal(24 * 60 + 2, long_path=True)


@pytest.mark.parametrize(("minutes", "accepted"), [(13.9, False), (14, True), (15, True)])
def test_it_asks_before_a_very_short_gap(minutes: float, accepted: bool) -> None:
    assert (refusal(minutes) == "") is accepted
    assert refusal(minutes, short_confirmed=True) == ""


def test_it_plans_steps_before_at_and_after_the_due_time() -> None:
    due = NOW + timedelta(minutes=30)

    moments = dict(planned(due, [-600, 0, 300], NOW))

    assert moments == {
        -600: due - timedelta(minutes=10),
        0: due + TICK,
        300: due + timedelta(minutes=5),
    }


def test_it_leaves_out_steps_before_the_promise_was_made() -> None:
    due = NOW + timedelta(seconds=20)

    assert [offset for offset, _ in planned(due, [-600, -20, -19, 0], NOW)] == [-19, 0]


@pytest.mark.parametrize(("late", "seconds"), [(-5, 0), (0, 0), (0.001, 1), (1, 1), (61.2, 62)])
def test_it_rounds_lateness_up_to_whole_seconds(late: float, seconds: int) -> None:
    assert lateness_seconds(NOW, NOW + timedelta(seconds=late)) == seconds


@given(st.lists(st.integers(-7200, 7200)), st.integers(1, 7200))
def test_it_never_plans_a_step_in_the_past(offsets: list[int], ahead: int) -> None:
    due = NOW + timedelta(seconds=ahead)

    assert all(moment > NOW for _, moment in planned(due, offsets, NOW))


# Made at, due at (as the clocks on the wall show it), and the minutes between them that really go by.
EDGES = [
    ("Europe/Berlin", (2026, 3, 29, 1, 40), (2026, 3, 29, 3, 10), 0, 30),
    ("Europe/Berlin", (2026, 10, 25, 2, 50), (2026, 10, 25, 2, 20), 1, 30),
    ("Europe/Berlin", (2026, 10, 25, 1, 50), (2026, 10, 25, 2, 20), 0, 30),
    ("Australia/Lord_Howe", (2026, 10, 4, 1, 50), (2026, 10, 4, 2, 50), 0, 30),
    ("Asia/Kathmandu", (2026, 3, 10, 23, 45), (2026, 3, 11, 0, 15), 0, 30),
]


@pytest.mark.parametrize(("zone", "made", "due", "fold", "minutes"), EDGES)
def test_it_counts_the_minutes_that_go_by_whatever_the_clocks_on_the_wall_do(
    zone: str, made: tuple[int, ...], due: tuple[int, ...], fold: int, minutes: int
) -> None:
    here = ZoneInfo(zone)
    made_at, due_at = datetime(*made, tzinfo=here), datetime(*due, tzinfo=here, fold=fold)  # type: ignore[arg-type,misc]
    really = made_at.astimezone(UTC) + timedelta(minutes=minutes)

    assert due_at.astimezone(UTC) == really
    assert dict(planned(due_at, [-600, 0, 300], made_at)) == {
        -600: really - timedelta(minutes=10),
        0: really + TICK,
        300: really + timedelta(minutes=5),
    }
    assert refuse_gap(made_at, due_at, Gaps(), long_path=False, short_confirmed=False) == ""
    assert lateness_seconds(due_at, (really + timedelta(seconds=61)).astimezone(here)) == 61
    assert holding_moment(made_at, due_at, 60) == really - timedelta(minutes=1)


@pytest.mark.parametrize(("seconds", "accepted"), [(3660, True), (3661, False)])
def test_an_hour_is_an_hour_when_the_clocks_go_back(seconds: int, accepted: bool) -> None:
    here = ZoneInfo("Europe/Berlin")
    made_at = datetime(2026, 10, 25, 2, 30, tzinfo=here)
    due_at = (made_at.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(here)

    assert (refuse_gap(made_at, due_at, Gaps(), long_path=False, short_confirmed=False) == "") is accepted
