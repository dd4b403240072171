"""Clock times in sentences of the record are said in the zone of the report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postmortems.clock_words import in_zone

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("promised for 14:30 UTC was sent", "Europe/Berlin", "promised for 15:30 CET was sent"),
        ("promised for 14:30:05 UTC", "Asia/Kathmandu", "promised for 20:15:05 +0545"),
        ("promised for 14:30 UTC", "UTC", "promised for 14:30 UTC"),
        ("no time at all, 99:99 UTC", "Europe/Berlin", "no time at all, 99:99 UTC"),
        ("at 14:30 CET", "Europe/Berlin", "at 14:30 CET"),
    ],
)
def test_each_time_is_said_in_the_zone(text: str, zone: str, said: str) -> None:
    assert in_zone(text, AT, zone) == said


def test_a_time_means_the_nearest_one_across_midnight_and_a_change_of_clocks() -> None:
    late = datetime(2026, 3, 28, 23, 50, tzinfo=UTC)
    # 01:10 UTC is of the next day, on which Berlin has turned its clocks.
    assert in_zone("by 01:10 UTC", late, "Europe/Berlin") == "by 03:10 CEST"
    assert in_zone("since 23:10 UTC", late, "Europe/Berlin") == "since 00:10 CET"
