"""Weekly windows and their turns, before, at and after each edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.rota import Weekly, spans

IVO, PETRA, NOOR = 1, 2, 3
EVERY_DAY = frozenset(range(1, 8))
AROUND_THE_CLOCK = Weekly(
    zone="Europe/Berlin",
    weekdays=EVERY_DAY,
    starts=time(9),
    ends=time(9),
    first=date(2026, 3, 2),  # a Monday
    last=None,
    people=(IVO, PETRA, NOOR),
    handover_day=1,
    handover_at=time(9),
    weeks=1,
)


def utc(day: str, at: str = "00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=UTC)


def found(window: Weekly, start: datetime, end: datetime) -> list[tuple[int, datetime, datetime]]:
    return [(turn.person, turn.start, turn.end) for turn in spans(window, start, end)]


def who(window: Weekly, moment: datetime) -> list[int]:
    return [person for person, _, _ in found(window, moment, moment + timedelta(microseconds=1))]


def test_a_week_around_the_clock_is_one_span_for_each_turn() -> None:
    assert found(AROUND_THE_CLOCK, utc("2026-03-03"), utc("2026-03-17")) == [
        (IVO, utc("2026-03-02", "08:00"), utc("2026-03-09", "08:00")),
        (PETRA, utc("2026-03-09", "08:00"), utc("2026-03-16", "08:00")),
        (NOOR, utc("2026-03-16", "08:00"), utc("2026-03-23", "08:00")),
    ]


def test_the_hand_over_counts_for_who_takes_over() -> None:
    tick = timedelta(microseconds=1)
    assert who(AROUND_THE_CLOCK, utc("2026-03-09", "08:00") - tick) == [IVO]
    assert who(AROUND_THE_CLOCK, utc("2026-03-09", "08:00")) == [PETRA]


def test_the_hand_over_stays_at_nine_on_the_wall_when_clocks_are_moved() -> None:
    turns = found(AROUND_THE_CLOCK, utc("2026-03-24"), utc("2026-04-01"))
    assert turns[0][2] == utc("2026-03-30", "07:00"), "clocks went forward on the 29th"
    assert turns[0][2] - turns[0][1] == timedelta(days=7) - timedelta(hours=1)


def test_every_second_week_the_next_one_takes_over() -> None:
    window = replace(AROUND_THE_CLOCK, weeks=2, people=(IVO, PETRA))
    assert who(window, utc("2026-03-15", "12:00")) == [IVO]
    assert who(window, utc("2026-03-16", "12:00")) == [PETRA]
    assert who(window, utc("2026-03-30", "12:00")) == [IVO]


def test_a_window_that_begins_in_the_middle_of_a_turn_gives_the_rest_of_it_to_the_first() -> None:
    window = replace(AROUND_THE_CLOCK, first=date(2026, 3, 5))
    assert who(window, utc("2026-03-05", "07:59")) == []
    assert who(window, utc("2026-03-05", "08:00")) == [IVO]
    assert who(window, utc("2026-03-09", "08:00")) == [PETRA]
    from_midnight = replace(AROUND_THE_CLOCK, starts=time(0), ends=time(0))
    assert who(from_midnight, utc("2026-03-02", "00:00")) == [IVO], "before the hand-over of the first day"
    assert who(from_midnight, utc("2026-03-02", "09:00")) == [IVO]


def test_office_hours_are_one_span_a_day_on_the_days_named() -> None:
    window = replace(
        AROUND_THE_CLOCK, weekdays=frozenset({1, 2, 3, 4, 5}), starts=time(9), ends=time(17, 30), people=(IVO,)
    )
    days = [start.date().isoformat() for _, start, _ in found(window, utc("2026-03-06"), utc("2026-03-10"))]
    assert days == ["2026-03-06", "2026-03-09"]
    assert who(window, utc("2026-03-06", "16:29")) == [IVO]
    assert who(window, utc("2026-03-06", "16:30")) == []


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    window = replace(AROUND_THE_CLOCK, weekdays=frozenset({5}), starts=time(22), ends=time(6), people=(IVO,))
    assert found(window, utc("2026-03-07"), utc("2026-03-08")) == [
        (IVO, utc("2026-03-06", "21:00"), utc("2026-03-07", "05:00"))
    ]


@pytest.mark.parametrize(
    ("night", "hours"), [("2026-03-27", 8), ("2026-03-28", 7), ("2026-10-23", 8), ("2026-10-24", 9)]
)
def test_a_night_is_as_long_as_the_clocks_make_it(night: str, hours: int) -> None:
    window = replace(AROUND_THE_CLOCK, starts=time(22), ends=time(6), people=(IVO,))
    nights = [(s, e) for _, s, e in found(window, utc(night, "22:30"), utc(night, "22:31"))]
    assert [end - start for start, end in nights] == [timedelta(hours=hours)]


def test_a_window_inside_the_missing_hour_does_not_come_that_night() -> None:
    window = replace(AROUND_THE_CLOCK, starts=time(2, 10), ends=time(2, 50), people=(IVO,))
    starts = [start for _, start, _ in found(window, utc("2026-03-28"), utc("2026-03-31"))]
    assert [start.day for start in starts] == [28, 30]


def test_half_an_hour_is_missing_on_lord_howe() -> None:
    window = replace(AROUND_THE_CLOCK, zone="Australia/Lord_Howe", starts=time(1), ends=time(5), people=(IVO,))
    (_, start, end), *_ = found(window, utc("2026-10-03", "15:00"), utc("2026-10-03", "15:01"))
    assert end - start == timedelta(hours=3, minutes=30)


def test_it_ends_with_its_last_day_and_the_night_that_begins_on_it() -> None:
    window = replace(AROUND_THE_CLOCK, starts=time(22), ends=time(6), last=date(2026, 3, 8), people=(IVO,))
    assert who(window, utc("2026-03-09", "04:59")) == [IVO]
    assert found(window, utc("2026-03-09", "05:00"), utc("2026-04-09")) == []


def test_a_window_without_people_or_days_gives_nothing() -> None:
    for empty in (replace(AROUND_THE_CLOCK, people=()), replace(AROUND_THE_CLOCK, weekdays=frozenset())):
        assert found(empty, utc("2026-03-02"), utc("2026-04-02")) == []


@settings(deadline=None, max_examples=60)
@given(
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]),
    starts=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    handover_at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    handover_day=st.integers(1, 7),
    weeks=st.integers(1, 4),
    people=st.integers(1, 4),
    offset=st.integers(0, 365),
)
def test_around_the_clock_leaves_no_gap_and_nobody_twice_in_any_zone(
    zone: str, starts: time, handover_at: time, handover_day: int, weeks: int, people: int, offset: int
) -> None:
    window = Weekly(
        zone, EVERY_DAY, starts, starts, date(2026, 1, 1), None, tuple(range(people)), handover_day, handover_at, weeks
    )
    start = utc("2026-01-03") + timedelta(days=offset)
    end = start + timedelta(days=40)
    turns = found(window, start, end)
    assert turns[0][1] <= start
    assert turns[-1][2] >= end
    assert all(before[2] == after[1] for before, after in pairwise(turns))
    # What is found does not depend on what was asked for.
    assert set(found(window, start + timedelta(days=3), end)) <= set(turns)
