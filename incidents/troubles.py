"""People are told when the way to customers does not work, or the clock (a paused send is never silent: e-mail 8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from crisisdesk.core import clockwatch
from crisisdesk.core.access import Group
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import DeadlineStep, User
from customers.delivery.trouble import open_troubles
from customers.models import SendingTrouble
from incidents.models import Notification, Whom
from incidents.oncall.notify import notify
from incidents.oncall.who import role_and_people

LOOP = "trouble teller"
# A mail server that is away for a moment is tried again by itself; what lasts longer, or pauses a send, is told.
PATIENCE = timedelta(seconds=20)
OPERATIONS = "operations-on-call"
ROLES = ("support-on-call", OPERATIONS)


def tell_pass(p: Pass) -> int:
    """One look at the open troubles; returns how many were told of."""
    sending = sum(_tell(trouble, now=p.now) for trouble in open_troubles() if _is_worth_telling(trouble, p.now))
    return sending + _tell_of_the_clock(p.now)


def tell_of_step(step: DeadlineStep, now: datetime) -> None:
    """A step of a deadline failed for the last time: whoever runs the systems and the administrators, hourly at most.

    The words name the kind of the fault alone: its text may hold what is not for everybody.
    """
    kind = step.deadline.kind
    role, people = role_and_people(OPERATIONS, now, Whom.PRIMARY)
    notify(
        dict.fromkeys([*people, *_administrators()]),
        key=f"set aside:{kind}:{now:%Y%m%d%H}",
        purpose=Notification.Purpose.ESCALATION,
        subject=f"[DESK] “{kind}”: what was due at {step.fire_at:%H:%M:%S} UTC could not be done",
        body=(
            f"The step “{step.name}” of “{kind}” ({step.deadline.key}) failed {step.attempts} times "
            f"({step.error.partition(':')[0]}) and is set aside, so a reminder, an escalation, the record of a miss or "
            "an automatic message did not happen. Look after the open incidents yourself; the log of the worker says "
            "more. Of further ones of this kind you hear in an hour."
        ),
        link=reverse("admin:index"),
        link_label="Open the command centre",
        role=role,
        now=now,
    )


def _administrators() -> QuerySet[User]:
    return User.objects.filter(is_active=True, groups__name=Group.ADMINISTRATORS).order_by("pk")


def _tell_of_the_clock(now: datetime) -> int:
    """Once for each jump: whoever runs the systems, and the administrators, who can say that the clock is right."""
    hold = clockwatch.open_hold()
    if hold is None or Notification.objects.filter(key__startswith=f"clock:{hold.pk}:").exists():
        return 0
    with transaction.atomic():
        for role, people in (role_and_people(OPERATIONS, now, Whom.PRIMARY), (None, list(_administrators()))):
            notify(
                people,
                key=f"clock:{hold.pk}",
                purpose=Notification.Purpose.ESCALATION,
                subject="[CLOCK] the clock jumped; reminders and automatic messages are held",
                body=clockwatch.words(hold),
                link=reverse("admin:core_clockhold_change", args=[hold.pk]),
                link_label="See what the clock says",
                role=role,
                now=now,
            )
    return 1


def _is_worth_telling(trouble: SendingTrouble, now: datetime) -> bool:
    lasts = trouble.message_id is not None or now - trouble.opened_at >= PATIENCE
    return lasts and not Notification.objects.filter(key__startswith=f"{_occasion(trouble)}:").exists()


def _tell(trouble: SendingTrouble, *, now: datetime) -> int:
    paused = trouble.message_id is not None
    what = "a send to customers is paused" if paused else "mail to customers is held up"
    body = (
        f"{trouble.transport}: {trouble.reason}\n\n"
        + ("Mend it, then resume the send on its page." if paused else "It is tried again by itself until it works.")
        + " Nothing is lost; what was not handed over waits."
    )
    with transaction.atomic():
        for slug in ROLES:
            role, people = role_and_people(slug, now, Whom.PRIMARY)
            notify(
                people,
                key=_occasion(trouble),
                purpose=Notification.Purpose.ESCALATION,
                subject=f"[SENDING] {what}",
                body=body,
                link=reverse("admin:index"),
                link_label="Open the command centre",
                role=role,
                now=now,
            )
    return 1


def _occasion(trouble: SendingTrouble) -> str:
    return f"trouble:{trouble.pk}"
