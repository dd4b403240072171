"""The due day of a post-mortem as a deadline with steps that climb (Step 6)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from crisisdesk.core import deadlines
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.deadlines import Step
from crisisdesk.core.models import DeadlineStep, User
from incidents.models import Incident, Notification
from incidents.oncall.notify import notify
from postmortems.business_days import business_days_after, business_days_before, calendars, local_day, morning_of
from postmortems.models import Postmortem

KIND = "postmortem"
SOON, DUE, LATE, VERY_LATE = "soon", "due", "late", "very late"
Purpose = Notification.Purpose


def plan(postmortem: Postmortem, *, now: datetime) -> None:
    """Set the deadline in place of an open one; inside the caller's transaction.

    In the mornings of the vendor's business days: two days before, on the day itself, on the next one (executives
    hear of it) and five later. What lies in the past already is left out; a report whose approval was taken back
    after its day is late on the next business day.
    """
    known = calendars(settings.HOLIDAY_COUNTRIES, settings.HOLIDAY_OWN_DAYS)
    due, zone = postmortem.due_on, settings.TIME_ZONE
    late = business_days_after(max(due, local_day(now, zone)), 1, known)
    days = {
        SOON: business_days_before(due, 2, known),
        DUE: due,
        LATE: late,
        VERY_LATE: business_days_after(late, 5, known),
    }
    steps = [Step(name, morning_of(day, zone)) for name, day in days.items()]
    deadlines.set_deadline(
        kind=KIND,
        key=str(postmortem.pk),
        due_at=morning_of(days[LATE], zone),
        steps=[step for step in steps if step.fire_at > now],
        now=now,
    )


def drop(postmortem: Postmortem, *, now: datetime) -> None:
    """Close the deadline: the report is approved."""
    deadlines.close(kind=KIND, key=str(postmortem.pk), now=now)


def fire(step: DeadlineStep, now: datetime) -> None:
    """Tell whoever the step is for; the handler of deadlines of this kind."""
    postmortem = Postmortem.objects.select_related("incident", "lead").get(pk=step.deadline.key)
    incident = postmortem.incident
    if not postmortem.is_drafting or incident.is_drill or incident.merged_into_id is not None:
        return
    ref, due = postmortem.incident.reference, f"{postmortem.due_on:%A, %-d %B}"
    lead = str(postmortem.lead) if postmortem.lead else "nobody"
    late = step.name in (LATE, VERY_LATE)
    people = _lead_or_operations(postmortem)
    if late:
        people = _unique(people + _group(Group.EXECUTIVES))
    if step.name == VERY_LATE:
        people = _unique(people + _group(Group.OPERATIONS))
    subject = {
        SOON: f"[REMINDER] {ref}: the post-mortem is due on {due}",
        DUE: f"[REMINDER] {ref}: the post-mortem is due today",
        LATE: f"[LATE] {ref}: the post-mortem was due on {due}",
        VERY_LATE: f"[LATE] {ref}: the post-mortem is more than a week overdue",
    }[step.name]
    body = (
        f"The post-mortem on “{postmortem.incident.title}” is led by {lead} and due on {due}. It is not approved yet."
    )
    if late:
        body += " Until it is, nobody has said why the outage happened and what will keep it from coming back."
    # Each plan has its own mornings: after a withdrawn approval it is told anew, on one and the same morning once.
    occasion = f"{step.fire_at:%Y%m%d}:{step.name}"
    _tell(postmortem, people, occasion, Purpose.ESCALATION if late else Purpose.REMINDER, subject, body, now)


def tell_opened(postmortem: Postmortem, *, now: datetime) -> None:
    """Tell the lead (without one, everybody in Operations) that the report waits."""
    ref = postmortem.incident.reference
    subject = f"{ref}: you lead the post-mortem, due on {postmortem.due_on:%A, %-d %B}"
    if postmortem.lead is None:
        subject = f"{ref}: the post-mortem has no lead; it is due on {postmortem.due_on:%A, %-d %B}"
    body = (
        f"The post-mortem on “{postmortem.incident.title}” is open. Its timeline and first words come from the record; "
        "what is missing is why it happened and what will be done about it."
    )
    _tell(postmortem, _lead_or_operations(postmortem), "opened", Purpose.BRIEFING, subject, body, now)


def tell_new_lead(postmortem: Postmortem, *, by: Actor, now: datetime) -> None:
    """Tell who leads it from now on, unless they took it themselves."""
    lead = postmortem.lead
    if lead is None or not lead.is_active or lead.pk == by.person_id:
        return
    subject = f"{postmortem.incident.reference}: you lead the post-mortem now, due on {postmortem.due_on:%A, %-d %B}"
    body = f"{by.name} gave you the post-mortem on “{postmortem.incident.title}”. What is written so far stays."
    _tell(postmortem, [lead], f"lead:{postmortem.version}", Purpose.BRIEFING, subject, body, now)


def tell_covered(postmortem: Postmortem, into: Incident, *, now: datetime) -> None:
    """Tell the lead (without one, everybody in Operations) that another report stands in the place of this one."""
    ref = postmortem.incident.reference
    subject = f"{ref}: its post-mortem is covered by that of {into.reference}"
    body = (
        f"“{postmortem.incident.title}” was merged into {into.reference} “{into.title}”, whose report tells of both. "
        "Nothing more is due here; what was written, its actions and files go over to that report."
    )
    _tell(postmortem, _lead_or_operations(postmortem), "covered", Purpose.BRIEFING, subject, body, now)


def _tell(
    postmortem: Postmortem,
    people: list[User],
    occasion: str,
    purpose: Notification.Purpose,
    subject: str,
    body: str,
    now: datetime,
) -> None:
    notify(
        people,
        # A relapse plans the steps anew: the end it covers tells the rounds apart.
        key=f"postmortem:{postmortem.pk}:{postmortem.covers_until:%Y%m%d%H%M%S}:{occasion}",
        purpose=purpose,
        subject=subject,
        body=body,
        link=reverse("admin:postmortems_postmortem_change", args=[postmortem.pk]),
        link_label="Open the post-mortem",
        incident=postmortem.incident,
        now=now,
        is_drill=postmortem.incident.is_drill,
    )


def _lead_or_operations(postmortem: Postmortem) -> list[User]:
    if postmortem.lead is not None and postmortem.lead.is_active:
        return [postmortem.lead]
    return _group(Group.OPERATIONS)


def _group(group: Group) -> list[User]:
    return list(User.objects.filter(groups__name=group, is_active=True).order_by("pk"))


def _unique(people: list[User]) -> list[User]:
    return list({person.pk: person for person in people}.values())
