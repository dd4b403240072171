"""Business days by the vendor's holiday calendars and days of its own: pure dates (Step 6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from threading import local
from typing import Protocol
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

# When a reminder is read rather than slept through, in the vendor's zone.
MORNING = time(9)
# "12-24" is every year, "2026-12-28" once.
_OWN_DAY = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})")
# A year with a 29 February, to judge days of every year by.
_LEAP = 2000
_of_thread = local()


class Calendar(Protocol):
    """What knows on which days nobody works."""

    def is_working_day(self, key: date, /) -> bool:
        """True when people work on that day."""


@dataclass(frozen=True, slots=True)
class OwnDays:
    """Days on which the vendor is closed beside every public holiday, once or every year (month, day).

    It knows no weekends, which are a matter of countries; without any of those, Monday to Friday are worked.
    """

    once: frozenset[date]
    yearly: frozenset[tuple[int, int]]
    knows_weekend: bool = False

    def is_working_day(self, key: date, /) -> bool:
        """True on every other day."""
        is_weekend = self.knows_weekend and key.weekday() >= 5
        return not is_weekend and key not in self.once and (key.month, key.day) not in self.yearly


def own_days(names: Iterable[str], *, knows_weekend: bool = False) -> OwnDays:
    """The days called "2026-12-28" or, every year, "12-24". Raises ValueError for what is no day."""
    once, yearly = set(), set()
    for name in names:
        match = _OWN_DAY.fullmatch(name.strip())
        if match is None:
            raise ValueError(f"“{name}” is no day such as 2026-12-28 or, every year, 12-24.")
        try:
            day = date(int(match[1] or _LEAP), int(match[2]), int(match[3]))
        except ValueError as error:
            raise ValueError(f"There is no day “{name}”.") from error
        if match[1]:
            once.add(day)
        else:
            yearly.add((day.month, day.day))
    return OwnDays(frozenset(once), frozenset(yearly), knows_weekend)


def calendar(code: str) -> HolidayBase:
    """The calendar of a country ("US") or of a part of one ("DE-BY"), by ISO 3166 codes, for the thread that asks.

    A calendar fills itself year by year as it is asked, so threads do not share one. Raises ValueError for a code that
    the library `holidays` does not know.
    """
    known: dict[str, HolidayBase] = _of_thread.__dict__.setdefault("calendars", {})
    code = code.strip().upper()
    if code not in known:
        country, _, part = code.partition("-")
        try:
            known[code] = country_holidays(country, subdiv=part or None)
        except NotImplementedError as error:
            raise ValueError(f"No holiday calendar is known for “{code}”.") from error
    return known[code]


def calendars(codes: Iterable[str], own: Sequence[str] = ()) -> tuple[Calendar, ...]:
    """The calendars of several codes and, when there are any, the vendor's own days. Raises ValueError."""
    known: tuple[Calendar, ...] = tuple(calendar(code) for code in codes)
    return (*known, own_days(own, knows_weekend=not known)) if own else known


def is_business_day(day: date, known: Sequence[Calendar]) -> bool:
    """True when no calendar has a weekend or a holiday on that day; without calendars, on Monday to Friday."""
    if not known:
        return day.weekday() < 5
    return all(each.is_working_day(day) for each in known)


def business_days_after(day: date, count: int, known: Sequence[Calendar]) -> date:
    """The `count`-th business day after `day`, which itself does not count. Raises ValueError below 1."""
    if count < 1:
        raise ValueError("Count at least one business day.")
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day, known)
    return day


def business_days_before(day: date, count: int, known: Sequence[Calendar]) -> date:
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
