"""Business days by the vendor's holiday calendars: pure dates (Step 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

# When a reminder is read rather than slept through, in the vendor's zone.
MORNING = time(9)


@lru_cache(maxsize=32)
def calendar(code: str) -> HolidayBase:
    """The calendar of a country ("US") or of a part of one ("DE-BY"), by ISO 3166 codes.

    Raises ValueError for a code that the library `holidays` does not know.
    """
    country, _, part = code.strip().upper().partition("-")
    try:
        return country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        raise ValueError(f"No holiday calendar is known for “{code}”.") from error


def calendars(codes: Iterable[str]) -> tuple[HolidayBase, ...]:
    """The calendars of several codes. Raises ValueError."""
    return tuple(calendar(code) for code in codes)


def is_business_day(day: date, known: Sequence[HolidayBase]) -> bool:
    """True when no calendar has a weekend or a holiday on that day; without calendars, on Monday to Friday."""
    if not known:
        return day.weekday() < 5
    return all(each.is_working_day(day) for each in known)


def business_days_after(day: date, count: int, known: Sequence[HolidayBase]) -> date:
    """The `count`-th business day after `day`, which itself does not count. Raises ValueError below 1."""
    if count < 1:
        raise ValueError("Count at least one business day.")
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day, known)
    return day


def business_days_before(day: date, count: int, known: Sequence[HolidayBase]) -> date:
    """The `count`-th business day before `day`, which itself does not count. Raises ValueError below 1."""
    if count < 1:
        raise ValueError("Count at least one business day.")
    while count:
        day -= timedelta(days=1)
        count -= is_business_day(day, known)
    return day


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day of a moment in a zone (IANA name)."""
    return moment.astimezone(ZoneInfo(zone)).date()


def morning_of(day: date, zone: str) -> datetime:
    """Nine in the morning of that day in a zone, as an aware datetime."""
    return datetime.combine(day, MORNING, ZoneInfo(zone))
