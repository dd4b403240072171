"""Stretches of the calendar that people ask about, in their own time zone: pure."""

from __future__ import annotations

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_PART = re.compile(r"(20\d\d)-(?:q([1-4])|(0[1-9]|1[0-2]))")

# Name in an address -> how people call it.
PERIODS = {
    "week": "the last 7 days",
    "month": "this month",
    "last-month": "last month",
    "quarter": "this quarter",
    "last-quarter": "last quarter",
    "year": "this year",
    "last-year": "last year",
    "all": "all time",
}


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (inclusive) to `until` (exclusive), both UTC; None: without an end on that side."""

    name: str
    since: datetime | None
    until: datetime | None

    @property
    def words(self) -> str:
        """Such as "this year", "March 2026" or "Q1 2026"."""
        if self.name in PERIODS:
            return PERIODS[self.name]
        year, part = self.name.split("-")
        return f"{part.upper()} {year}" if part.startswith("q") else f"{month_name[int(part)]} {year}"


def period(name: str, now: datetime, zone: ZoneInfo) -> Period:
    """The stretch of that name around `now`, as the calendar of `zone` has it; KeyError for an unknown name."""
    if name not in PERIODS:
        raise KeyError(name)
    if name == "all":
        return Period(name, None, None)
    if name == "week":
        return Period(name, now.astimezone(UTC) - timedelta(days=7), None)
    months = {"month": 1, "quarter": 3, "year": 12}[name.removeprefix("last-")]
    today = now.astimezone(zone).date()
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    if name.startswith("last-"):
        return Period(name, _midnight(_earlier(first, months), zone), _midnight(first, zone))
    return Period(name, _midnight(first, zone), None)


def period_of(name: str, now: datetime, zone: ZoneInfo, *, otherwise: str = "year") -> Period:
    """The stretch that an address names: as `period`, or one month ("2026-03") or quarter ("2026-q1") of any year.

    What is neither is taken for `otherwise`.
    """
    if name in PERIODS:
        return period(name, now, zone)
    found = _PART.fullmatch(name)
    if found is None:
        return period(otherwise, now, zone)
    year, quarter, month = int(found[1]), found[2], found[3]
    first = date(year, 3 * int(quarter) - 2 if quarter else int(month), 1)
    return Period(name, _midnight(first, zone), _midnight(_earlier(first, -3 if quarter else -1), zone))


def _earlier(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
