"""The day of an action as a deadline with steps that climb to the executives (Step 6)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from crisisdesk.core import deadlines
from crisisdesk.core.access import Group
from crisisdesk.core.deadlines import Step
from crisisdesk.core.models import DeadlineStep, User
from incidents.models import Notification
from incidents.oncall.notify import notify
from postmortems.business_days import (
    business_days_after,
    business_days_before,
    calendars,
    is_business_day,
    local_day,
    morning_of,
)
from postmortems.models import Action

KIND = "action"
SOON, DUE, LATE, VERY_LATE = "soon", "due", "late", "very late"
Purpose = Notification.Purpose


def plan(action: Action, *, now: datetime) -> None:
    """Set the deadline in place of an open one; inside the caller's transaction.

    In the mornings of the vendor's business days: two days before, on the day itself (when it is none, on the last one
    before it), on the next one (executives hear of it) and five later. What lies in the past is left out; an action
    that is opened again after its day is late on the next business day.
    """
    known = calendars(settings.HOLIDAY_COUNTRIES, settings.HOLIDAY_OWN_DAYS)
    zone = settings.TIME_ZONE
    due = action.due_on
    late = business_days_after(max(due, local_day(now, zone)), 1, known)
    days = {
        SOON: business_days_before(due, 2, known),
        DUE: due if is_business_day(due, known) else business_days_before(due, 1, known),
        LATE: late,
        VERY_LATE: business_days_after(late, 5, known),
    }
    steps = [Step(name, morning_of(day, zone)) for name, day in days.items()]
    deadlines.set_deadline(
        kind=KIND,
        key=str(action.pk),
        due_at=morning_of(days[LATE], zone),
        steps=[step for step in steps if step.fire_at > now],
        now=now,
    )


def drop(action: Action, *, now: datetime) -> None:
    """Close the deadline: the action is done."""
    deadlines.close(kind=KIND, key=str(action.pk), now=now)


def fire(step: DeadlineStep, now: datetime) -> None:
    """Tell whoever the step is for; the handler of deadlines of this kind."""
    action = Action.objects.select_related("postmortem__incident", "postmortem__lead", "owner").get(
        pk=step.deadline.key
    )
    incident = action.postmortem.incident
    if not action.is_open or incident.is_drill:
        return
    ref, due, late = incident.reference, f"{action.due_on:%A, %-d %B}", step.name in (LATE, VERY_LATE)
    is_today = local_day(now, settings.TIME_ZONE) == action.due_on
    people = owner_or_lead(action)
    if late:
        people = people + group(Group.EXECUTIVES)
    if step.name == VERY_LATE:
        people = people + group(Group.OPERATIONS)
    subject = {
        SOON: f"[REMINDER] “{action.title}” is due on {due}",
        DUE: f"[REMINDER] “{action.title}” is due {'today' if is_today else f'on {due}'}",
        LATE: f"[LATE] “{action.title}” was due on {due}",
        VERY_LATE: f"[LATE] “{action.title}” is more than a week overdue",
    }[step.name]
    body = (
        f"{action.owner} promised it on {action.created_at:%-d %B %Y}, after {ref} “{incident.title}”, "
        f"to {action.get_kind_display()}. It is due on {due}. "
    )
    body += (
        "It is not done: until it is, what caused the outage can cause the next one."
        if late
        else "Close it with what shows that it is done, or move its day and say why."
    )
    tell(
        action,
        people,
        # Each plan has its own mornings: a moved day is told anew, the same one once.
        occasion=f"{step.fire_at:%Y%m%d}:{step.name}",
        purpose=Purpose.ESCALATION if late else Purpose.REMINDER,
        subject=subject,
        body=body,
        now=now,
    )


def tell(
    action: Action,
    people: list[User],
    *,
    occasion: str,
    purpose: Notification.Purpose,
    subject: str,
    body: str,
    now: datetime,
) -> None:
    """Tell people of an action, each once per occasion; inside the caller's transaction."""
    incident = action.postmortem.incident
    notify(
        {person.pk: person for person in people}.values(),
        key=f"action:{action.pk}:{occasion}",
        purpose=purpose,
        subject=subject,
        body=body,
        link=f"{reverse('admin:postmortems_postmortem_change', args=[action.postmortem_id])}#action-{action.pk}",
        link_label="Open the action",
        incident=incident,
        now=now,
        is_drill=incident.is_drill,
    )


def owner_or_lead(action: Action) -> list[User]:
    """The owner; when they no longer work here, the lead of the post-mortem, and without one all of Operations."""
    lead = action.postmortem.lead
    for person in (action.owner, lead):
        if person is not None and person.is_active:
            return [person]
    return group(Group.OPERATIONS)


def group(name: Group) -> list[User]:
    """Everybody at work in a group."""
    return list(User.objects.filter(groups__name=name, is_active=True).order_by("pk"))
