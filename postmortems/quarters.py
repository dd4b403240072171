"""Quarters of the calendar, by their names in an address ("2026-Q3"): pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

_NAME = re.compile(r"([12]\d{3})-Q([1-4])")
_ORDINALS = ("first", "second", "third", "fourth")
_MONTHS = ("January to March", "April to June", "July to September", "October to December")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months: `number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter that a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def named(cls, name: str) -> Quarter | None:
        """The quarter of a name; None when it names none."""
        match = _NAME.fullmatch(name)
        return cls(int(match[1]), int(match[2])) if match else None

    @property
    def name(self) -> str:
        """ "2026-Q3"."""
        return f"{self.year}-Q{self.number}"

    @property
    def words(self) -> str:
        """ "the third quarter of 2026"."""
        return f"the {_ORDINALS[self.number - 1]} quarter of {self.year}"

    @property
    def months(self) -> str:
        """ "July to September 2026"."""
        return f"{_MONTHS[self.number - 1]} {self.year}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    def earlier(self, count: int = 1) -> Quarter:
        """The quarter so many before this one; below zero, after it."""
        place = self.year * 4 + self.number - 1 - count
        return Quarter(place // 4, place % 4 + 1)

    def begins(self, zone: str) -> datetime:
        """Its first moment in an IANA zone."""
        return datetime.combine(self.first, time(), ZoneInfo(zone))
