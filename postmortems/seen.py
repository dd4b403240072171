"""Who had seen what, when: a row for each reader, page and day."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db.models import OuterRef, Subquery

from crisisdesk.core.actors import Actor
from postmortems.business_days import local_day
from postmortems.models import Page, ReviewView

SHOWN = 50


def last_day(page: Page, object_id: OuterRef, by: Actor) -> Subquery:
    """The day on which the person opened the page last, as a column of another read, for `note`."""
    mine = ReviewView.objects.filter(page=page, object_id=object_id, person=by.person_id)
    return Subquery(mine.order_by("-day").values("day")[:1])


def note(page: Page, object_id: int = 0, *, by: Actor, now: datetime, last: date | None = None) -> None:
    """Record that the person opened the page; the first time of each day counts. One read, and one insert a day.

    `last` is the `last_day`, where it was read: today saves the read.
    """
    if by.person_id is None:
        return
    day = local_day(now, settings.TIME_ZONE)
    if last == day:
        return
    key = {"page": page, "object_id": object_id, "person_id": by.person_id, "day": day}
    if not ReviewView.objects.filter(**key).exists():
        # Two tabs at once: the second finds the row there, which is all it wants.
        ReviewView.objects.bulk_create([ReviewView(**key, person_name=by.name, at=now)], ignore_conflicts=True)


def readers(page: Page, object_id: int, *, by: Actor, now: datetime, beside: Page | None = None) -> list[ReviewView]:
    """Who read it on which day, this reader included, newest first, the latest fifty. One read, one insert a day.

    `beside` names a page of the same number whose readers are listed too.
    """
    shown = ReviewView.objects.filter(page__in=[page, beside] if beside else [page], object_id=object_id)
    rows = list(shown.order_by("-at", "-pk")[:SHOWN])
    day = local_day(now, settings.TIME_ZONE)
    today = {(row.page, row.person_id) for row in rows if row.day == day}
    if by.person_id is not None and (page, by.person_id) not in today:
        row = ReviewView(page=page, object_id=object_id, person_id=by.person_id, person_name=by.name, day=day, at=now)
        ReviewView.objects.bulk_create([row], ignore_conflicts=True)
        rows.insert(0, row)
    return rows
