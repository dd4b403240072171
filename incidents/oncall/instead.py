"""Somebody could not be reached: the next person is told at once."""

from __future__ import annotations

from datetime import datetime

from crisisdesk.core.models import User
from incidents.models import Notification, Whom
from incidents.oncall.bursts import PAGER
from incidents.oncall.notify import notify, occasion_of
from incidents.oncall.over import is_over
from incidents.oncall.who import find
from incidents.timeline import Kind, entry


def tell_instead(failed: Notification, *, by_what: str, now: datetime) -> list[Notification]:
    """Tell whoever comes next for the role of a notification that no way delivered: the backup, then the whole group.

    Part of the transaction that records the failure. Nobody is told of one occasion twice, so a chain of failures
    ends. Nothing is done when the occasion is over.
    """
    if is_over(failed):
        return []
    people = _next_people(failed, now)
    told = notify(
        people,
        key=occasion_of(failed),
        purpose=Notification.Purpose(failed.purpose),
        subject=failed.subject,
        body=f"{failed.person} could not be reached by {by_what}, so you are told.\n\n{failed.body}",
        link=failed.link,
        link_label=failed.link_label,
        alert=failed.alert,
        incident=failed.incident,
        promise=failed.promise,
        role=failed.role,
        is_drill=failed.is_drill,
        channels=failed.channels,
        now=now,
    )
    if failed.alert or failed.incident:
        who = f"told {', '.join(map(str, people))} instead" if people else "nobody else is left to tell"
        text = f"{failed.person} could not be reached by {by_what}; {who}."
        entry(Kind.NOTIFICATION, text, alert=failed.alert, incident=failed.incident, by=PAGER, now=now)
    return told


def _next_people(failed: Notification, now: datetime) -> list[User]:
    if failed.role is None:
        return []
    same = Notification.objects.filter(key__startswith=f"{occasion_of(failed)}:")
    told = set(same.values_list("person_id", flat=True))
    for whom in (Whom.BACKUP, Whom.GROUP):
        call = find([failed.role], now, whom)[0]
        if people := [person for person in call.people if person.pk not in told]:
            return people
    return []
