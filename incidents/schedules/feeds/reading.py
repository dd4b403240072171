"""A calendar (RFC 5545) as spans with names, the way PagerDuty, Opsgenie, GoAlert and Google write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar

from incidents.rota import to_utc
from incidents.schedules.feeds.fetching import FeedError

MOST_EVENTS = 5_000
MOST_SERIES = 200
MOST_SPANS = 5_000
# An event that repeats more often says nothing about who is on call, and costs more to read than it is worth.
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
OLDEST_SERIES = 2000
LONGEST = timedelta(days=366)
NAMELESS = "(no name)"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody on call by a calendar: `label` is what it calls them, `also` other ways it may have named them."""

    label: str
    also: tuple[str, ...]
    start: datetime
    end: datetime


def read(body: bytes, *, zone: str, start: datetime, end: datetime) -> list[Named]:
    """Everybody named in [start, end), by start; `zone` is for whole days and times without a zone.

    Repetitions, exceptions and moved occurrences are resolved; cancelled ones are left out. Raises FeedError.
    """
    calendar = _parse(body)
    _check(calendar)
    try:
        events = recurring_ical_events.of(calendar).between(start, end)
        found = [named for event in events for named in _named(event, zone)]
    except FeedError:
        raise
    except Exception as error:
        raise FeedError(f"An event of the calendar can't be understood ({type(error).__name__}).") from error
    if len(found) > MOST_SPANS:
        raise FeedError(
            f"The calendar has more than {MOST_SPANS:,} events in these months. Publish one for this role alone."
        )
    return sorted(
        (named for named in found if named.start < end and named.end > start), key=lambda n: (n.start, n.label)
    )


def text_of(body: bytes) -> str:
    """The calendar as text; raises FeedError when it is none."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FeedError("The calendar is not written in UTF-8. Export it again as iCalendar (.ics).") from error
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        what = "a web page" if text.lstrip().startswith("<") else "something else"
        raise FeedError(f"This is not a calendar but {what}. Look for the private link that ends in .ics.")
    if "\x00" in text:
        raise FeedError("The calendar holds characters that no text has. Export it again.")
    return text


def _parse(body: bytes) -> Any:
    text = text_of(body)
    try:
        parsed: Any = Calendar.from_ical(text)
    except Exception as error:
        raise FeedError("The calendar is damaged or cut off: it can't be read to its end.") from error
    return parsed


def _check(calendar: Any) -> None:
    events = calendar.walk("VEVENT")
    if len(events) > MOST_EVENTS:
        raise FeedError(f"The calendar has more than {MOST_EVENTS:,} events. Publish one for this role alone.")
    series = [event for event in events if "RRULE" in event]
    if len(series) > MOST_SERIES:
        raise FeedError(f"The calendar has more than {MOST_SERIES} repeating events. Publish one for this role alone.")
    for event in series:
        rules = event["RRULE"] if isinstance(event["RRULE"], list) else [event["RRULE"]]
        for rule in rules:
            often = {str(value).upper() for value in rule.get("FREQ", [])}
            fine = any(len(rule.get(name, [])) > 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
            if not often <= FREQUENCIES or fine:
                raise FeedError(f"“{_text(event, 'SUMMARY')}” repeats more often than once a day. Take it out.")
        if "DTSTART" in event and event["DTSTART"].dt.year < OLDEST_SERIES:
            raise FeedError(f"“{_text(event, 'SUMMARY')}” has repeated since before {OLDEST_SERIES}. Take it out.")


def _named(event: Any, zone: str) -> Iterator[Named]:
    if _text(event, "STATUS").upper() == "CANCELLED":
        return
    start, end = _moment(event.start, zone), _moment(event.end, zone)
    if end <= start:
        return
    if end - start > LONGEST:
        raise FeedError(f"“{_text(event, 'SUMMARY')}” lasts longer than a year. Correct it in the calendar.")
    summary = _text(event, "SUMMARY")
    attendees = event.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        address = str(attendee).strip()
        address = address[7:] if address.lower().startswith("mailto:") else address
        cn = str(attendee.params.get("CN", "")).strip()
        label = address or cn
        if label:
            yield Named(label[:200], tuple(filter(None, (cn, summary))) if not address else (cn,), start, end)
    if not attendees:
        yield Named((summary or NAMELESS)[:200], (), start, end)


def _moment(value: date | datetime, zone: str) -> datetime:
    if not isinstance(value, datetime):
        return to_utc(value, time(), zone)
    if value.tzinfo is None:
        return to_utc(value.date(), value.time(), zone)
    return value.astimezone(UTC)


def _text(event: Any, name: str) -> str:
    value: Any = event.get(name, "")
    return " ".join(str(value[0] if isinstance(value, list) else value).split())
