"""What was done did not help: the cause came back, so its actions open again by themselves (Step 6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from incidents.models import Notification
from postmortems import action_reminders
from postmortems.business_days import business_days_after, calendars, local_day
from postmortems.locking import save, write_down
from postmortems.models import Action, ActionKind, ActionState, Postmortem

WATCHER = Actor.job("post-mortem opener")


def disproved_by(postmortem: Postmortem) -> list[Action]:
    """Actions that were done to prevent this cause before the outage began, and did not prevent it; locked.

    Those of outages of the same cause that began within REPEAT_WINDOW_DAYS before it. An action that was done after
    the outage had begun could not have prevented it and stays done; so does one of a cause that can't repeat. What is
    confidential opens none again: action, record and notifications would name it to everybody.
    """
    incident, cause = postmortem.incident, postmortem.cause
    if incident.is_drill or incident.is_confidential or cause is None or not cause.can_repeat:
        return []
    since = incident.started_at - timedelta(days=settings.REPEAT_WINDOW_DAYS)
    rows = Action.objects.select_for_update(of=("self",)).filter(
        postmortem__cause=cause,
        postmortem__incident__is_drill=False,
        postmortem__incident__started_at__gte=since,
        postmortem__incident__started_at__lt=incident.started_at,
        kind=ActionKind.PREVENT,
        state=ActionState.DONE,
        closed_at__lt=incident.started_at,
    )
    return list(rows.select_related("postmortem__incident", "postmortem__lead", "owner").order_by("pk"))


def after_relapse(postmortem: Postmortem) -> list[Action]:
    """Actions of the report itself that were done to prevent the cause before the outage came back; locked."""
    incident, cause = postmortem.incident, postmortem.cause
    if incident.is_drill or incident.is_confidential or cause is None or not cause.can_repeat:
        return []
    reopened = AuditEntry.objects.filter(action="incident.reopened", incident=incident.reference)
    back_at = reopened.order_by("-id").values_list("at", flat=True).first()
    if back_at is None:
        return []
    rows = Action.objects.select_for_update(of=("self",)).filter(
        postmortem=postmortem, kind=ActionKind.PREVENT, state=ActionState.DONE, closed_at__lt=back_at
    )
    return list(rows.select_related("postmortem__incident", "postmortem__lead", "owner").order_by("pk"))


def open_again(postmortem: Postmortem, *, found: list[Action] | None = None, by: Actor, now: datetime) -> list[Action]:
    """Open again what did not prevent this outage, with the link to it; inside the caller's transaction.

    `found` is what did not, by default what `disproved_by` finds. A day that has passed becomes the one by which a
    post-mortem would be due, counted from now. Owners and executives are told; the record and the history say which
    outage showed it. Raises NotAllowed.
    """
    require(by, Act.EDIT_ACTION)
    found = disproved_by(postmortem) if found is None else found
    today = local_day(now, settings.TIME_ZONE)
    known = calendars(settings.HOLIDAY_COUNTRIES, settings.HOLIDAY_OWN_DAYS)
    executives = action_reminders.group(Group.EXECUTIVES) if found else []
    for action in found:
        before = action.due_on
        if before <= today:
            action.due_on = business_days_after(today, settings.POSTMORTEM_BUSINESS_DAYS, known)
        action.state, action.closed_at, action.closed_by_name = ActionState.OPEN, None, ""
        action.came_back_with, action.came_back_at = postmortem, now
        reason = f"the cause came back with {postmortem.incident.reference}"
        save(action, by=by, now=now, reason=reason)
        action_reminders.plan(action, now=now)
        data = {
            "cause": postmortem.cause.slug if postmortem.cause else "",
            "with": postmortem.incident.reference,
            "from": before.isoformat(),
            "due_on": action.due_on.isoformat(),
        }
        write_down("action_came_back", action, by=by, now=now, data=data)
        _tell(action, postmortem, executives, now)
    return found


def _tell(action: Action, postmortem: Postmortem, executives: list[User], now: datetime) -> None:
    incident, cause = postmortem.incident, postmortem.cause
    same = "came back after that" if action.postmortem_id == postmortem.pk else "has the same cause"
    action_reminders.tell(
        action,
        action_reminders.owner_or_lead(action) + executives,
        occasion=f"came back:{postmortem.pk}:{postmortem.covers_until:%Y%m%d%H%M%S}",
        purpose=Notification.Purpose.ESCALATION,
        subject=f"[CAME BACK] “{action.title}” did not prevent {incident.reference}",
        body=(
            f"It was done after {action.postmortem.incident.reference} to prevent “{cause}”. {incident.reference} "
            f"“{incident.title}” {same}, so the action is open again, due on {action.due_on:%A, %-d %B}. "
            "Its owner says what is missing, or closes it with what shows that it helps now."
        ),
        now=now,
    )
