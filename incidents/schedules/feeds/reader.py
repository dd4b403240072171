"""The loop that reads calendars: one feed a pass; network and parsing in a thread, so that the lease is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from crisisdesk.core.engine.loops import Guard, Pass
from incidents.models import CalendarFeed
from incidents.schedules.feeds.fetching import FeedError, fetch
from incidents.schedules.feeds.keeping import AHEAD, BEHIND, keep, keep_error
from incidents.schedules.feeds.reading import Named, read, text_of

LOOP = "calendar reader"
LOOK_SECONDS = 0.25
LONGEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Copy:
    """A calendar as read."""

    named: list[Named]
    text: str
    tag: str


def read_pass(p: Pass) -> int:
    """Read the feed that has waited longest; returns how many were read."""
    feed = CalendarFeed.objects.due(p.now).order_by("next_read_at").first()
    if feed is None:
        return 0
    try:
        copy = _beside(lambda: copy_of(feed, p.now), p.lease)
    except FeedError as error:
        keep_error(feed, str(error), now=p.now)
    else:
        if copy is not None:
            keep(feed, copy.named, text=copy.text, tag=copy.tag, now=p.now)
    return 1


def copy_of(feed: CalendarFeed, now: datetime) -> Copy:
    """The calendar as it is now: fetched, or the copy that is kept (of a file, or unchanged). Touches no database."""
    body, tag = feed.body.encode(), feed.tag
    if feed.url:
        fetched = fetch(feed.url, feed.tag if feed.body else "")
        body, tag = (fetched.body, fetched.tag) if fetched.body is not None else (body, tag)
    named = read(body, zone=feed.time_zone, start=now - BEHIND, end=now + AHEAD)
    return Copy(named, text_of(body), tag)


def _beside(work: Callable[[], Copy], lease: Guard) -> Copy | None:
    """Do it in a thread and keep the lease meanwhile; None when the lease was lost (whoever has it does it again)."""
    pool, ends = ThreadPoolExecutor(max_workers=1), monotonic() + LONGEST_SECONDS
    try:
        future: Future[Copy] = pool.submit(work)
        while True:
            try:
                return future.result(timeout=LOOK_SECONDS)
            except NotYet:
                if future.done():
                    raise
                if not lease.keep():
                    return None
                if monotonic() > ends:
                    raise FeedError("The calendar took too long to read. It is tried again by itself.") from None
    finally:
        pool.shutdown(wait=False)
