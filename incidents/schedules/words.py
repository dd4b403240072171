"""Spans in words, in the reader's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def span_words(start: datetime, end: datetime, zone: str) -> str:
    """ "Tue 10 Mar 09:00 to Wed 11 Mar 09:00 CET": the day of the end only where it is another."""
    here = ZoneInfo(zone)
    opens, closes = start.astimezone(here), end.astimezone(here)
    same_day = opens.date() == closes.date()
    ends = f"{closes:%H:%M %Z}" if same_day else f"{closes:%a %-d %b %H:%M %Z}"
    begins = f"{opens:%a %-d %b %H:%M}" if opens.utcoffset() == closes.utcoffset() else f"{opens:%a %-d %b %H:%M %Z}"
    return f"{begins} to {ends}"
