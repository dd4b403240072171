"""Taking a post-mortem for a change, and writing the change down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import WrongState
from incidents.models import reference_of
from incidents.timeline import Kind, entry
from postmortems.models import Action, Postmortem, State


def locked(postmortem: Postmortem) -> Postmortem:
    """The post-mortem as it is in the database now, locked until the transaction ends."""
    rows = Postmortem.objects.select_for_update(of=("self",)).select_related("incident", "cause", "lead")
    return rows.get(pk=postmortem.pk)


def locked_action(action: Action) -> Action:
    """The action as it is in the database now, locked until the transaction ends."""
    return Action.objects.select_for_update(of=("self",)).select_related("postmortem__incident").get(pk=action.pk)


def save(row: Postmortem | Action, *, by: Actor, now: datetime, reason: str) -> None:
    """Save a locked row; its history row names the actor and the reason."""
    stamp(row, by=by, now=now, reason=reason)
    row.save()


def write_down(
    action: str, row: Postmortem | Action, *, by: Actor, now: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """Record an act on a post-mortem, or on one of its actions, in the audit trail."""
    incident = (row.postmortem if isinstance(row, Action) else row).incident
    audit.record(
        f"postmortem.{action}",
        by=by,
        now=now,
        on=row,
        incident=incident.reference,
        data=data,
        is_drill=incident.is_drill,
    )


def tell_room(text: str, postmortem: Postmortem, *, by: Actor, now: datetime) -> None:
    """Put what became of the report on the timeline of its incident."""
    entry(Kind.DECISION, text, incident=postmortem.incident, by=by, now=now, data={"postmortem": postmortem.pk})


def back_to_drafting(postmortem: Postmortem) -> None:
    """Approvals and sign-off end, on the row in hand; its history keeps them."""
    postmortem.state = State.DRAFTING
    postmortem.approved_at = postmortem.approved_by = None
    postmortem.edition_approved_at = postmortem.edition_approved_by = None
    postmortem.signed_off_at = postmortem.signed_off_by = None
    postmortem.approved_by_name = postmortem.edition_approved_by_name = postmortem.signed_off_by_name = ""


def check_version(postmortem: Postmortem, version: int, present: int, what: str) -> None:
    """Raise WrongState when somebody saved since the version that the actor has seen."""
    if version != present:
        last = postmortem.history.order_by("-history_date", "-history_id").first()
        who = getattr(last, "history_actor", "") or "Somebody"
        raise WrongState(
            f"Nothing was saved: {who} changed {what} of {postmortem.incident.reference} since you opened it. "
            "Your text is still in the form; open the page again beside it and put the two together."
        )


def refuse_covered(postmortem: Postmortem) -> None:
    """Raise WrongState when the report of another incident stands in the place of this one."""
    if postmortem.is_covered and postmortem.incident.merged_into_id is not None:
        continuing = reference_of(postmortem.incident.merged_into_id)
        raise WrongState(
            f"{postmortem.incident.reference} continues as {continuing}, whose report covers it; go there."
        )


def refuse_unless_drafting(postmortem: Postmortem, what: str) -> None:
    """Raise WrongState when the report is approved, or covered by another."""
    refuse_covered(postmortem)
    if not postmortem.is_drafting:
        raise WrongState(
            f"The report on {postmortem.incident.reference} is {postmortem.get_state_display()} "
            f"(by {postmortem.approved_by_name}); Operations takes the approval back before you {what}."
        )
