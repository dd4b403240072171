"""A weekly window and its rotation as spans in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from incidents.rota.local import to_utc

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weekly:
    """On these weekdays (ISO: Monday is 1) from `starts` to `ends` by the clocks of `zone`.

    An end at or before the start is on the next day; start and end alike are 24 hours. `first` and `last` are days on
    which an occurrence may begin. The people take turns in their order: a turn lasts `weeks` weeks and begins on
    `handover_day` at `handover_at`. The first turn begins on that weekday on or before `first`; what lies before it
    on that day is the first person's too.
    """

    zone: str
    weekdays: frozenset[int]
    starts: time
    ends: time
    first: date
    last: date | None
    people: tuple[int, ...]
    handover_day: int
    handover_at: time
    weeks: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's part of a window, from `start` to `end` in UTC."""

    person: int
    start: datetime
    end: datetime


def spans(window: Weekly, start: datetime, end: datetime) -> Iterator[Turn]:
    """The parts of the window that overlap [start, end), whole, in order.

    What follows without a pause within one turn is one span, so that a week around the clock is one span and not
    seven, and its start does not depend on what was asked for.
    """
    if not window.people or not window.weekdays or start >= end:
        return
    number = _turn_at(window, start)
    while (begins := _turn_begins(window, number)) < end:
        ends = _turn_begins(window, number + 1)
        person = window.people[max(number, 0) % len(window.people)]
        for piece_start, piece_end in _within(window, begins, ends):
            if piece_start < end and piece_end > start:
                yield Turn(person, piece_start, piece_end)
        number += 1


def _within(window: Weekly, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The occurrences inside one turn, joined where they meet."""
    held: tuple[datetime, datetime] | None = None
    day = _local_day(window, begins) - DAY
    last_day = _local_day(window, ends)
    while day <= last_day:
        occurrence = _occurrence(window, day)
        day += DAY
        if occurrence is None:
            continue
        opens, closes = max(occurrence[0], begins), min(occurrence[1], ends)
        if opens >= closes:
            continue
        if held is not None and opens <= held[1]:
            held = (held[0], max(held[1], closes))
            continue
        if held is not None:
            yield held
        held = (opens, closes)
    if held is not None:
        yield held


def _occurrence(window: Weekly, day: date) -> tuple[datetime, datetime] | None:
    if day.isoweekday() not in window.weekdays or day < window.first or (window.last and day > window.last):
        return None
    closes = day if window.ends > window.starts else day + DAY
    return to_utc(day, window.starts, window.zone), to_utc(closes, window.ends, window.zone)


def _turn_at(window: Weekly, moment: datetime) -> int:
    """The number of the turn that covers the moment; before the first day counts down."""
    weeks = (_local_day(window, moment) - _anchor(window)).days // (7 * window.weeks)
    return weeks - 1 if _turn_begins(window, weeks) > moment else weeks


def _turn_begins(window: Weekly, number: int) -> datetime:
    day = _anchor(window) + timedelta(weeks=number * window.weeks)
    return to_utc(day, window.handover_at, window.zone)


def _anchor(window: Weekly) -> date:
    """The day on which the first turn begins."""
    return window.first - timedelta(days=(window.first.isoweekday() - window.handover_day) % 7)


def _local_day(window: Weekly, moment: datetime) -> date:
    return moment.astimezone(UTC).astimezone(ZoneInfo(window.zone)).date()
