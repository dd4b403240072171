"""The review pack of a quarter, made and mailed to executives on the days that the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from incidents.models import Incident, Notification
from incidents.oncall import attaching
from incidents.oncall.notify import notify
from postmortems import action_reminders, printouts
from postmortems.business_days import local_day
from postmortems.models import Printed, Printout, PrintState
from postmortems.quarters import Quarter
from postmortems.selection import Selection

PRINTER = Actor.job("review printer")
# A desk that was down longer than this does not mail what is old by then.
LATEST = timedelta(days=14)
# A pack that could not be made is tried again after this.
AGAIN_AFTER = timedelta(days=1)
OCCASION = "pack"


def title_of(quarter: Quarter) -> str:
    """How the pack is called."""
    return f"Review pack, {quarter.months}"


def due(today: date) -> tuple[Quarter, date] | None:
    """The newest pack whose day has come, within two weeks: the quarter before and the day; None for none.

    REVIEW_PACK_DAYS counts days of a quarter: 1 is its first day, on which the quarter before is over.
    """
    present = Quarter.of(today)
    days = sorted(present.first + timedelta(days=number - 1) for number in settings.REVIEW_PACK_DAYS)
    come = [day for day in days if day <= today < day + LATEST]
    return (present.earlier(), come[-1]) if come else None


def order_due(now: datetime) -> Printout | None:
    """Order the pack that is due, once for each quarter and day; None when there is none or it was ordered.

    A quarter in which nothing was recorded makes no pack.
    """
    found = due(local_day(now, settings.TIME_ZONE))
    if found is None:
        return None
    quarter, day = found
    wanted = {"kind": Printed.PACK, "period": quarter.name, "due_on": day}
    if _again(wanted, now):
        return None
    if Printout.objects.filter(**wanted).exists() or not _recorded(quarter, now):
        return None
    try:
        with transaction.atomic():
            row = Printout.objects.create(**wanted, title=title_of(quarter), asked_at=now, asked_by_name=PRINTER.name)
            printouts.write_down("ordered", row, by=PRINTER, now=now)
            printouts.ring(row)
    except IntegrityError:
        return None
    return row


def tell_failed(row: Printout, *, now: datetime) -> list[Notification]:
    """Tell administrators and executives that a pack of the schedule could not be made, once for each attempt."""
    return notify(
        [*action_reminders.group(Group.ADMINISTRATORS), *action_reminders.group(Group.EXECUTIVES)],
        key=f"pack failed:{row.pk}:{row.attempts}",
        purpose=Notification.Purpose.BRIEFING,
        subject=f"[REVIEW] {row.title} could not be made",
        body=(
            f"{row.problem}\n\nThe desk tries again once a day for two weeks. The pages of the review are on the desk "
            "all the same, and a pack can be ordered by hand."
        ),
        link=reverse("review:printout", args=[row.pk]),
        link_label="See what was said",
        now=now,
    )


def mail(row: Printout, *, now: datetime) -> list[Notification]:
    """Tell every executive that the pack is there, once: attached when it is small enough, by link in any case."""
    where = "It is attached" if is_small(row) else f"It has {row.size / 1_000_000:.1f} MB, so it is not attached"
    quarter = Quarter.named(row.period)
    with transaction.atomic():
        if quarter is None or not Printout.objects.filter(pk=row.pk, mailed_at=None).update(mailed_at=now):
            return []
        printouts.write_down("mailed", row, by=PRINTER, now=now)
        return notify(
            action_reminders.group(Group.EXECUTIVES),
            key=f"{OCCASION}:{row.pk}",
            purpose=Notification.Purpose.BRIEFING,
            subject=f"[REVIEW] {title_of(quarter)}: {row.pages} pages",
            body=(
                f"The outages of {quarter.words}: headline figures with their trend, what came back and what had been "
                f"promised, post-mortems, actions and promises to customers. {where}; the link opens it on the desk."
            ),
            link=reverse("review:printout", args=[row.pk]),
            link_label="Open the pack",
            now=now,
        )


def unmailed() -> list[Printout]:
    """Packs of the schedule that are ready and that nobody was told of."""
    rows = Printout.objects.filter(kind=Printed.PACK, due_on__isnull=False, state=PrintState.READY, mailed_at=None)
    return list(rows.order_by("pk"))


def is_small(row: Printout) -> bool:
    """Whether it is attached to the mail."""
    return row.size <= settings.REVIEW_PACK_ATTACH_MB * 1_000_000


def attachment(notification: Notification) -> attaching.File | None:
    """The pack that a notification is about, when it is small enough."""
    row = Printout.objects.filter(pk=int(notification.key.split(":")[1]), state=PrintState.READY).first()
    if row is None or not is_small(row):
        return None
    return attaching.File(row.file_name, "application/pdf", bytes(row.content.data))


def _again(wanted: Mapping[str, object], now: datetime) -> bool:
    """Ring again for a pack that failed a day ago or longer; False when there is none of that sort."""
    failed = Printout.objects.filter(**wanted, state=PrintState.FAILED, begun_at__lte=now - AGAIN_AFTER)
    row = failed.first()
    if row is None:
        return False
    with transaction.atomic():
        begun = {"state": PrintState.QUEUED, "begun_at": None, "attempts": 0, "asked_at": now}
        if failed.update(**begun):
            printouts.write_down("ordered", row, by=PRINTER, now=now)
            printouts.ring(row)
    return True


def _recorded(quarter: Quarter, now: datetime) -> bool:
    return Incident.objects.filter(Selection(now, quarter.name).about()).exists()
