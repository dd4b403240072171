"""Action items: promised, moved, done with proof (Step 6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from postmortems import action_reminders
from postmortems.business_days import local_day
from postmortems.locking import locked, locked_action, refuse_covered, save, write_down
from postmortems.models import Action, ActionKind, ActionState, CauseReview, Postmortem

# A day further ahead was mistyped.
FARTHEST = timedelta(days=10 * 365)


def today(now: datetime) -> date:
    """The vendor's calendar day."""
    return local_day(now, settings.TIME_ZONE)


def add_action(
    postmortem: Postmortem,
    *,
    kind: str,
    title: str,
    owner: User,
    due_on: date,
    link: str = "",
    by: Actor,
    now: datetime,
) -> Action:
    """Promise a piece of work, with one owner and one day. Raises NotAllowed, InvalidInput."""
    require(by, Act.EDIT_ACTION)
    return promise(postmortem, kind=kind, title=title, owner=owner, due_on=due_on, link=link, by=by, now=now)


def promise(
    postmortem: Postmortem,
    *,
    kind: str,
    title: str,
    owner: User,
    due_on: date,
    link: str = "",
    review: CauseReview | None = None,
    by: Actor,
    now: datetime,
) -> Action:
    """As `add_action`, for verbs that have asked who may; `review` is the one that assigns it. Raises InvalidInput."""
    errors = {}
    if kind not in ActionKind.values:
        errors["kind"] = "Choose what it is good for: prevent, detect or mitigate."
    if not title.strip():
        errors["title"] = "Say what will be done."
    elif len(title.strip()) > 300:
        errors["title"] = "Say it in 300 characters; the ticket has room for the rest."
    if not owner.is_active:
        errors["owner"] = f"{owner} no longer works here; choose another owner."
    if wrong := _wrong_day(due_on, now):
        errors["due_on"] = wrong
    if errors:
        raise InvalidInput(errors)
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse_covered(postmortem)
        action = Action(
            postmortem=postmortem,
            kind=kind,
            title=title.strip(),
            owner=owner,
            due_on=due_on,
            link=link.strip(),
            review=review,
            created_at=now,
            created_by_name=by.name,
        )
        save(action, by=by, now=now, reason="promised")
        data: dict[str, object] = {"kind": kind, "owner": owner.pk, "due_on": due_on.isoformat()}
        if review is not None:
            data["review"] = review.pk
        write_down("action_added", action, by=by, now=now, data=data)
        action_reminders.plan(action, now=now)
    return action


def move_action(action: Action, *, due_on: date, reason: str, by: Actor, now: datetime) -> Action:
    """Promise another day, with the reason; the earlier day stays in the history and the move is counted.

    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.EDIT_ACTION)
    errors = {}
    if wrong := _wrong_day(due_on, now):
        errors["due_on"] = wrong
    if not reason.strip():
        errors["reason"] = "Say why the day moves; executives read it."
    if errors:
        raise InvalidInput(errors)
    with transaction.atomic():
        action = locked_action(action)
        _refuse_unless_open(action, "move its day")
        if action.due_on == due_on:
            return action
        data = {"from": action.due_on.isoformat(), "to": due_on.isoformat(), "reason": reason.strip()[:300]}
        action.due_on = due_on
        save(action, by=by, now=now, reason=f"day moved: {reason.strip()}")
        write_down("action_moved", action, by=by, now=now, data=data)
        action_reminders.plan(action, now=now)
    return action


def close_action(action: Action, *, proof: str, by: Actor, now: datetime) -> Action:
    """Record that it is done, with what shows it. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.EDIT_ACTION)
    if not proof.strip():
        raise InvalidInput({"proof": "Say what shows that it is done: a test, a release, a link, a drill."})
    with transaction.atomic():
        action = locked_action(action)
        _refuse_unless_open(action, "close it")
        action.state, action.proof = ActionState.DONE, proof.strip()
        action.closed_at, action.closed_by_name = now, by.name
        save(action, by=by, now=now, reason="done")
        write_down("action_closed", action, by=by, now=now, data={"was_due_on": action.due_on.isoformat()})
        action_reminders.drop(action, now=now)
    return action


def reopen_action(action: Action, *, reason: str, by: Actor, now: datetime) -> Action:
    """Open it again, because it was not done or did not help. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.EDIT_ACTION)
    if not reason.strip():
        raise InvalidInput({"reason": "Say what shows that it is not done."})
    with transaction.atomic():
        action = locked_action(action)
        if action.is_open:
            raise WrongState(f"“{action}” is open already.")
        action.state, action.closed_at, action.closed_by_name = ActionState.OPEN, None, ""
        save(action, by=by, now=now, reason=f"reopened: {reason.strip()}")
        write_down("action_reopened", action, by=by, now=now, data={"reason": reason.strip()[:300]})
        action_reminders.plan(action, now=now)
    return action


def _wrong_day(due_on: date, now: datetime) -> str:
    if due_on < today(now):
        return "The day lies in the past; choose one from today on."
    return "The day lies more than ten years ahead; look at the year again." if due_on > today(now) + FARTHEST else ""


def _refuse_unless_open(action: Action, what: str) -> None:
    if not action.is_open:
        raise WrongState(f"“{action}” was done on {action.closed_at:%Y-%m-%d}; reopen it before you {what}.")
