"""What a feed said is kept: names matched, spans made anew, the last good copy beside them; or the error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from incidents.models import CalendarFeed, FeedName, FeedSpan
from incidents.schedules.feeds.matching import Directory, Known
from incidents.schedules.feeds.reading import Named
from incidents.schedules.telling import tell

JOB = Actor.job("calendar reader")
BEHIND, AHEAD = timedelta(days=35), timedelta(days=120)
EVERY, AFTER_ERROR = timedelta(minutes=15), timedelta(minutes=5)
PATIENCE = timedelta(hours=1)


def keep(feed: CalendarFeed, named: Sequence[Named], *, text: str, tag: str, now: datetime) -> None:
    """Put what was read in the place of what was there, in one transaction."""
    with transaction.atomic():
        feed = CalendarFeed.objects.select_for_update(of=("self",)).select_related("role").get(pk=feed.pk)
        names = _names(feed, named, now)
        fresh = {(names[one.label].pk, one.start, one.end) for one in named}
        kept = {
            (pk, start, end): span
            for span, pk, start, end in feed.spans.values_list("pk", "name_id", "starts_at", "ends_at")
        }
        FeedSpan.objects.filter(pk__in=[kept[key] for key in kept.keys() - fresh]).delete()
        FeedSpan.objects.bulk_create(
            FeedSpan(feed=feed, name_id=name, starts_at=start, ends_at=end)
            for name, start, end in sorted(fresh - kept.keys(), key=lambda row: row[1])
        )
        feed.body, feed.tag, feed.read_at, feed.tried_at = text, tag, now, now
        feed.error, feed.failing_since, feed.next_read_at = "", None, now + EVERY
        _save(feed)


def keep_error(feed: CalendarFeed, error: str, *, now: datetime) -> None:
    """Note that it could not be read; the last good copy stays. After an hour administrators are told, once."""
    with transaction.atomic():
        feed = CalendarFeed.objects.select_for_update(of=("self",)).select_related("role").get(pk=feed.pk)
        feed.error, feed.tried_at, feed.next_read_at = error[:300], now, now + AFTER_ERROR
        feed.failing_since = feed.failing_since or now
        _save(feed)
        if now - feed.failing_since >= PATIENCE:
            copy = (
                f"The copy of {feed.read_at:%d %b %H:%M} UTC still holds." if feed.read_at else "There is no copy yet."
            )
            tell(
                User.objects.filter(is_active=True, groups__name=Group.ADMINISTRATORS),
                key=f"feed:{feed.pk}:{feed.failing_since:%Y%m%d%H%M%S}",
                subject=f"The calendar “{feed}” can't be read",
                lines=[error, copy, "It is tried again by itself."],
                role=feed.role,
                now=now,
            )


def match(feed: CalendarFeed, *, now: datetime) -> None:
    """Look again whom the names of a feed mean, after people have changed; what somebody has chosen stays."""
    with transaction.atomic():
        directory = directory_of(feed)
        for row in feed.names.filter(is_chosen=False):
            _mean(row, directory.find(row.name), now)


def directory_of(feed: CalendarFeed) -> Directory:
    """The active people of the role's group: nobody else may do its work."""
    people = User.objects.filter(is_active=True, groups__name=feed.role.group).distinct()
    return Directory.of(Known(person.pk, person.get_full_name(), person.email, person.username) for person in people)


def _names(feed: CalendarFeed, named: Sequence[Named], now: datetime) -> dict[str, FeedName]:
    """A row for each label, with whom it means."""
    known = {row.name: row for row in feed.names.all()}
    directory = directory_of(feed)
    for one in named:
        row = known.get(one.label)
        if row is None:
            row = known[one.label] = FeedName(feed=feed, name=one.label, person_id=directory.find(one.label, one.also))
            stamp(row, by=JOB, now=now, reason="read")
            row.save()
        elif not row.is_chosen:
            _mean(row, directory.find(one.label, one.also), now)
    return known


def _mean(row: FeedName, person: int | None, now: datetime) -> None:
    if row.person_id != person:
        row.person_id = person
        stamp(row, by=JOB, now=now, reason="read")
        row.save()


def _save(feed: CalendarFeed) -> None:
    """Without history: what is read is not what people edit."""
    CalendarFeed.objects.filter(pk=feed.pk).update(
        body=feed.body,
        tag=feed.tag,
        read_at=feed.read_at,
        tried_at=feed.tried_at,
        next_read_at=feed.next_read_at,
        error=feed.error,
        failing_since=feed.failing_since,
    )
