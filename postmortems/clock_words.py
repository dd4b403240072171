"""Clock times inside a sentence of the record, said in one chosen zone. Pure: the record itself is not touched."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))? UTC\b")
_DAY = timedelta(days=1)


def in_zone(text: str, at: datetime, zone: str) -> str:
    """`text` with each "14:05 UTC" said in the zone (IANA name); `at` (UTC) is when the sentence was written.

    A clock time without a day means the one nearest to `at`.
    """
    there = ZoneInfo(zone)

    def said(match: re.Match[str]) -> str:
        hour, minute, second = int(match[1]), int(match[2]), match[3]
        same_day = at.astimezone(UTC).replace(hour=hour, minute=minute, second=int(second or 0), microsecond=0)
        moment = min((same_day - _DAY, same_day, same_day + _DAY), key=lambda one: abs(one - at)).astimezone(there)
        return f"{moment:%H:%M:%S %Z}" if second else f"{moment:%H:%M %Z}"

    return _CLOCK.sub(said, text)
