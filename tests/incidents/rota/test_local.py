"""Times on the wall as moments, on ordinary days and on the nights when clocks are moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.rota import to_utc

ODD = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "UTC"]


@pytest.mark.parametrize(
    ("day", "at", "zone", "moment"),
    [
        ("2026-03-28", "02:30", "Europe/Berlin", "2026-03-28T01:30"),
        # Clocks go from 02:00 to 03:00: what does not come means the moment they are moved.
        ("2026-03-29", "01:59", "Europe/Berlin", "2026-03-29T00:59"),
        ("2026-03-29", "02:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29", "02:30", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29", "03:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29", "03:01", "Europe/Berlin", "2026-03-29T01:01"),
        # Clocks go from 03:00 back to 02:00: the first of the two.
        ("2026-10-25", "02:00", "Europe/Berlin", "2026-10-25T00:00"),
        ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-10-25", "03:00", "Europe/Berlin", "2026-10-25T02:00"),
        ("2026-03-08", "02:30", "America/New_York", "2026-03-08T07:00"),
        # +05:45, and half an hour instead of a whole one.
        ("2026-03-29", "09:00", "Asia/Kathmandu", "2026-03-29T03:15"),
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
        ("2026-10-04", "02:30", "Australia/Lord_Howe", "2026-10-03T15:30"),
        ("2026-04-05", "01:45", "Australia/Lord_Howe", "2026-04-04T14:45"),
        ("2026-04-05", "02:00", "Australia/Lord_Howe", "2026-04-04T15:30"),
        # Samoa had no 30 December 2011: clocks went forward by a day.
        ("2011-12-30", "12:00", "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_a_time_on_the_wall_is_one_moment(day: str, at: str, zone: str, moment: str) -> None:
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert to_utc(date.fromisoformat(day), time.fromisoformat(at), zone) == expected


@settings(deadline=None, max_examples=150)
@given(
    zone=st.sampled_from(ODD),
    local=st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2027, 12, 30)),  # noqa: DTZ001 - a wall clock
    minutes=st.integers(min_value=1, max_value=24 * 60),
)
def test_a_later_time_on_the_wall_is_never_an_earlier_moment(zone: str, local: datetime, minutes: int) -> None:
    later = local + timedelta(minutes=minutes)
    assert to_utc(local.date(), local.time(), zone) <= to_utc(later.date(), later.time(), zone)
