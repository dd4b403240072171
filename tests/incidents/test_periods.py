"""Periods follow the calendar of the person who asks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.periods import PERIODS, period


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("name", "zone", "now", "since", "until"),
    [
        ("month", "UTC", utc(2026, 3, 10), utc(2026, 3, 1), None),
        ("last-month", "UTC", utc(2026, 1, 31), utc(2025, 12, 1), utc(2026, 1, 1)),
        ("quarter", "UTC", utc(2026, 5, 1), utc(2026, 4, 1), None),
        ("last-quarter", "UTC", utc(2026, 2, 1), utc(2025, 10, 1), utc(2026, 1, 1)),
        ("year", "UTC", utc(2026, 12, 31, 23), utc(2026, 1, 1), None),
        ("last-year", "UTC", utc(2026, 1, 1), utc(2025, 1, 1), utc(2026, 1, 1)),
        # The new year has begun in Kathmandu, not yet in New York.
        ("year", "Asia/Kathmandu", utc(2025, 12, 31, 18, 30), utc(2025, 12, 31, 18, 15), None),
        ("year", "America/New_York", utc(2026, 1, 1, 4, 59), utc(2025, 1, 1, 5), None),
        # A month whose two ends lie on different sides of a change of clocks.
        ("last-month", "Europe/Berlin", utc(2026, 4, 2), utc(2026, 2, 28, 23), utc(2026, 3, 31, 22)),
        # A month that begins before the change of clocks and ends after it, in the south.
        ("last-month", "America/Santiago", utc(2024, 10, 2), utc(2024, 9, 1, 4), utc(2024, 10, 1, 3)),
    ],
)
def test_it_begins_and_ends_at_midnight_there(
    name: str, zone: str, now: datetime, since: datetime, until: datetime | None
) -> None:
    found = period(name, now, ZoneInfo(zone))

    assert (found.since, found.until) == (since, until)


def test_it_has_words_for_each_and_refuses_others() -> None:
    for name in PERIODS:
        assert period(name, utc(2026, 3, 10), ZoneInfo("UTC")).words
    with pytest.raises(KeyError):
        period("yesterday", utc(2026, 3, 10), ZoneInfo("UTC"))
