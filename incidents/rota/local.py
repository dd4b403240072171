"""Local times of a calendar day as moments in UTC, also on the nights when clocks are moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=4096)
def to_utc(day: date, at: time, zone: str) -> datetime:
    """The moment at which clocks in `zone` show this time on this day.

    A time that comes twice (clocks go back) means its first occurrence, as in RFC 5545 §3.3.5. A time that does not
    come at all (clocks go forward) means the moment at which the clocks are moved: so a later local time is never an
    earlier moment, and two windows that meet on the wall meet in UTC, whatever the night.
    """
    here = ZoneInfo(zone)
    local = datetime.combine(day, at)
    before, after = (local.replace(tzinfo=here, fold=fold).astimezone(UTC) for fold in (0, 1))
    if before <= after:
        return before
    return _moved_at(local, here, after, before)


def _moved_at(local: datetime, here: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first moment, to the second, at which the clocks of `here` show more than `local`; it lies between both."""
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(here).replace(tzinfo=None) > local:
            high = middle
        else:
            low = middle
    return high
