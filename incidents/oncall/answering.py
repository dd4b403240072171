"""Somebody answers what they were told, by whatever way: a key on the telephone, an SMS, the link, the console."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Attempt, ContactKind, ContactMethod, Notification
from incidents.oncall.acknowledging import acknowledge_shown
from incidents.oncall.bursts import unanswered
from incidents.oncall.links import LIFETIME, WITH
from incidents.oncall.over import is_over
from incidents.timeline import Kind, entry

BY_KEY, BY_SMS, BY_LINK, IN_CONSOLE = "by telephone key", "by SMS", "by the link", "in the console"
# What people write when they mean "I am on it".
_YES = re.compile(r"^\W*(?:ok|okay|ack|acknowledge|yes|ja|oui)\b\W*(\d{1,18})?\W*$", re.IGNORECASE)
# Somebody may look at the text a while before they answer.
_RECENT = timedelta(hours=12)


def answer(notifications: Iterable[Notification], *, way: str, until: datetime, now: datetime) -> int:
    """The person of the notifications is on it: how many of them that settled. Idempotent.

    Of a page it acknowledges the alerts that it told of, those first seen after `until` not. Raises NotAllowed when
    the person may not acknowledge alerts. The rows are read with `links.WITH`.
    """
    done = 0
    with transaction.atomic():
        for row in notifications:
            if row.acknowledged_at is not None:
                continue
            by = Actor.person(row.person)
            if row.alert is not None and row.purpose == Notification.Purpose.PAGE:
                told = [alert for alert in unanswered(row.alert) if alert.first_seen_at <= until]
                done += bool(acknowledge_shown(told, by=by, now=now, way=way)) if told else 0
            elif not is_over(row):
                done += _seen(row, by, way, now)
    return done


def _seen(row: Notification, by: Actor, way: str, now: datetime) -> int:
    """No further way is tried to tell this person; what was promised to customers stands as it is."""
    mine = Notification.objects.filter(pk=row.pk, acknowledged_at=None)
    if not mine.update(acknowledged_at=now, acknowledged_way=way[:30]):
        return 0
    if row.alert_id or row.incident_id:
        text = f"{by.name} has seen it, {way}: {row.subject}"
        entry(Kind.NOTIFICATION, text, alert=row.alert, incident=row.incident, by=by, now=now)
    return 1


def told_by(attempt: Attempt) -> list[Notification]:
    """The notifications that an attempt told of, those folded into it included."""
    pks = [attempt.notification_id, *attempt.folded.values_list("notification_id", flat=True)]
    return list(Notification.objects.filter(pk__in=pks).select_related(*WITH).order_by("pk"))


def means_yes(text: str) -> tuple[bool, int | None]:
    """Whether a text answers a page, and the number it names: "OK", "ACK 4711"."""
    found = _YES.match(text.strip()[:40])
    return (True, int(found[1]) if found[1] else None) if found else (False, None)


def answer_by_sms(number: str, text: str, *, now: datetime) -> str | None:
    """Take a text from a telephone number; what to answer, None when it is no answer to a page.

    Only from a verified number. With a number in it, it answers that notification and what was told with it; without
    one, everything its person was texted in the last twelve hours. Raises NotAllowed.
    """
    yes, pk = means_yes(text)
    people = _owners(number)
    if not yes or not people:
        return None
    texts = Attempt.objects.filter(
        kind=ContactKind.SMS,
        method__address=number,
        notification__person__in=people,
        claimed_at__gt=now - (LIFETIME if pk else _RECENT),
        folded_into=None,
    ).select_related("notification")
    texts = texts.filter(notification=pk) if pk else texts
    done, found = 0, list(texts.order_by("id"))
    for attempt in found:
        done += answer(told_by(attempt), way=BY_SMS, until=attempt.claimed_at or now, now=now)
    if done:
        return "Acknowledged in your name. Thank you."
    return "That was answered already. Thank you." if found else "There is nothing to acknowledge under that number."


def _owners(number: str) -> Sequence[User]:
    methods = ContactMethod.objects.usable().filter(kind=ContactKind.SMS, address=number, person__is_active=True)
    return [method.person for method in methods.select_related("person")]
