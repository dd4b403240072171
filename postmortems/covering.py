"""A merged incident's report ends, covered by that of the incident that continues; what stood in it goes over (Step 4).

The continuing incident may have no report yet, or an approved one: what was written waits until there is one that is
being written. Nothing is taken away from the covered report but its actions and files, which have one place.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from postmortems import reminders
from postmortems.locking import locked, save, tell_room, write_down
from postmortems.models import Action, HiddenMoment, Postmortem, State
from postmortems.report import LONGEST
from postmortems.sections import TEXTS

UNSENT = (State.DRAFTING, State.APPROVED)


def owed() -> list[Postmortem]:
    """Reports of merged incidents that are still being written, or approved and not published. One read."""
    found = Postmortem.objects.real().filter(incident__merged_into__isnull=False, state__in=UNSENT)
    return list(found.select_related("incident").order_by("pk")[:50])


def to_hand_over() -> list[Postmortem]:
    """Covered reports whose text waits for the report that covers them, which is being written now. One read."""
    waiting = Postmortem.objects.filter(state=State.COVERED, covered_by=None)
    found = waiting.filter(incident__merged_into__postmortem__state=State.DRAFTING)
    return list(found.select_related("incident").order_by("pk")[:50])


def cover(postmortem: Postmortem, *, by: Actor, now: datetime) -> Postmortem:
    """End the report of a merged incident: its reminders stop and its lead is told. An account that customers have
    stays published. Does nothing when there is nothing to end. Raises NotAllowed.
    """
    require(by, Act.EDIT_POSTMORTEM)
    with transaction.atomic():
        postmortem = locked(postmortem)
        into = postmortem.incident.merged_into
        if into is None or postmortem.state not in UNSENT:
            return postmortem
        postmortem.state, postmortem.covered_at = State.COVERED, now
        postmortem.version += 1
        save(postmortem, by=by, now=now, reason=f"covered by the report of {into.reference}")
        reminders.drop(postmortem, now=now)
        tell_room(f"The report of {into.reference} covers this one", postmortem, by=by, now=now)
        write_down("covered", postmortem, by=by, now=now, data={"by": into.reference})
        reminders.tell_covered(postmortem, into, now=now)
    return postmortem


def hand_over(covered: Postmortem, *, by: Actor, now: datetime) -> Postmortem:
    """Let the report that covers this one take over what stands in it; returns that one.

    Actions and files move, with their days, reminders and histories; what people wrote is added below its section;
    what they left out of the timeline is left out there; the cause holds where none is named yet. Raises NotAllowed.
    """
    require(by, Act.EDIT_POSTMORTEM)
    with transaction.atomic():
        covered = locked(covered)
        into = locked(Postmortem.objects.get(incident=covered.incident.merged_into))
        if covered.covered_by_id is not None or not covered.is_covered or not into.is_drafting:
            return into
        covered.covered_by = into
        save(covered, by=by, now=now, reason=f"taken over into the report of {into.incident.reference}")
        sections = _add_texts(covered, into)
        if into.cause is None:
            into.cause = covered.cause
        into.version += 1
        save(into, by=by, now=now, reason=f"taken over from the report of {covered.incident.reference}")
        actions = _move_actions(covered, into, by, now)
        files = covered.attachments.update(postmortem=into)
        _hide_as_there(covered, into, by, now)
        tell_room(f"What stood in the report of {covered.incident.reference} was taken over", into, by=by, now=now)
        data = {"from": covered.incident.reference, "sections": sections, "actions": actions, "files": files}
        write_down("took_over", into, by=by, now=now, data=data)
    return into


def _add_texts(covered: Postmortem, into: Postmortem) -> list[str]:
    """Add what people wrote, section by section; what the desk had filled in is in the new report's own words."""
    first = covered.history.order_by("history_date", "history_id").first()
    taken = []
    for name in TEXTS:
        text = getattr(covered, name).strip()
        if not text or (first is not None and text == getattr(first, name).strip()):
            continue
        before = getattr(into, name).strip()
        both = "\n\n".join(part for part in (before, f"From {covered.incident.reference}: {text}") if part)
        if len(both) <= LONGEST:
            setattr(into, name, both)
            taken.append(name)
    return taken


def _move_actions(covered: Postmortem, into: Postmortem, by: Actor, now: datetime) -> int:
    rows = list(Action.objects.select_for_update(of=("self",)).filter(postmortem=covered).order_by("pk"))
    for action in rows:
        action.postmortem = into
        save(action, by=by, now=now, reason=f"from the report of {covered.incident.reference}")
        write_down("action_taken_over", action, by=by, now=now, data={"from": covered.incident.reference})
    return len(rows)


def _hide_as_there(covered: Postmortem, into: Postmortem, by: Actor, now: datetime) -> None:
    judged = into.hidden_moments.values("key")
    for row in covered.hidden_moments.filter(is_hidden=True).exclude(key__in=judged):
        here = HiddenMoment(postmortem=into, key=row.key, moment_at=row.moment_at, text=row.text, reason=row.reason)
        here.at, here.by_name = row.at, row.by_name
        stamp(here, by=by, now=now, reason=f"hidden in the report of {covered.incident.reference}")
        here.save()
