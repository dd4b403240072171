"""Two incidents turn out to be one: one continues, the other leads to it, and nobody hears twice (Step 4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from crisisdesk.core import audit, deadlines
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents import command, owed, promises
from incidents.carrying import carry, open_promise, say_again
from incidents.lifecycle import refuse_merge
from incidents.locking import both_locked, locked, position_of, save
from incidents.models import Draft, Incident, Notification, Status
from incidents.oncall.notify import notify
from incidents.recipients import told_of
from incidents.scope import add_scopes, scopes_of
from incidents.timeline import Kind, entry


def merge(merged: Incident, into: Incident, *, reason: str, by: Actor, now: datetime) -> Incident:
    """End `merged` and let `into` continue for both; return the continuing one.

    Whoever was told by either stays until the end. Those to whom the continuing one is new get a catch-up of it when
    Support sends one, never its first alert. Scope, alerts and open requests go over. Of two open promises the earlier
    one stands, so that neither audience waits longer than it was told; where the continuing one has told nobody yet,
    it takes the promise over with the words that made it. Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.CHANGE_INCIDENT)
    if not reason.strip():
        raise InvalidInput({"reason": "Say how you know that the two are one; it stands in both timelines."})
    with transaction.atomic():
        merged, into = both_locked(merged, into)
        if refusal := refuse_merge(position_of(merged), position_of(into)):
            raise WrongState(refusal)
        into.joined_at = now
        carry(told_of(merged), from_=merged, into=into, is_gone=True, now=now)
        standing = _settle_promises(merged, into, by=by, now=now)
        _move(merged, into, by=by, now=now)
        _end(merged, into, by=by, now=now)
        _continue(into, merged, by=by, now=now)
        _write_down(merged, into, reason.strip().rstrip("."), standing, by=by, now=now)
    return into


def _settle_promises(merged: Incident, into: Incident, *, by: Actor, now: datetime) -> str:
    """Leave one open promise, the earlier one, in the continuing incident; returns what became of them, in words."""
    theirs, ours = open_promise(merged), open_promise(into)
    if theirs is None:
        return ""
    is_late = theirs.is_due(now)
    promises.release(theirs, now=now)
    if is_late:
        return f"The update promised for {theirs.due_at:%H:%M} UTC was missed before."
    if ours is not None and (ours.is_due(now) or ours.due_at <= theirs.due_at):
        return f"The promise of {merged.reference} ends: {into.reference} writes by {ours.due_at:%H:%M} UTC."
    if ours is not None:
        promises.release(ours, now=now)
    say_again(merged if ours is None else into, into=into, due_at=theirs.due_at, by=by, now=now)
    return f"{into.reference} takes over the promise for {theirs.due_at:%H:%M} UTC."


def _move(merged: Incident, into: Incident, *, by: Actor, now: datetime) -> None:
    """Scope, additions to the audience, who may know, alerts and requests go over; the draft is closed and kept."""
    here = set(scopes_of(into))
    add_scopes(into, [scope for scope in scopes_of(merged) if scope not in here], by=by, now=now)
    judged = set(into.adjustments.values_list("contact", flat=True))
    for row in merged.adjustments.filter(is_included=True).exclude(contact__in=judged):
        row.pk, row.incident = None, into
        row.save(force_insert=True)
    known = set(into.clearances.standing().values_list("person", "group"))
    for one in merged.clearances.standing():
        if (one.person_id, one.group) not in known:
            one.pk, one.incident = None, into
            one.save(force_insert=True)
    merged.alerts.update(incident=into)
    merged.executive_requests.filter(answered_at=None).update(incident=into)
    Draft.objects.filter(incident=merged, closed_at=None).update(closed_at=now)


def _end(merged: Incident, into: Incident, *, by: Actor, now: datetime) -> None:
    """The merged one is over: its scope is left, its clocks stop. What was merged into it continues with it."""
    owed.settle(merged, now=now)
    deadlines.close(kind=command.KIND, key=str(merged.pk), now=now)
    for scope in merged.affected.filter(until=None):
        scope.until = now
        stamp(scope, by=by, now=now, reason=f"merged into {into.reference}")
        scope.save()
    for earlier in Incident.objects.filter(merged_into=merged).order_by("pk"):
        row = locked(earlier)
        row.merged_into = into
        save(row, by=by, now=now, reason=f"continues as {into.reference}")
    merged.merged_into, merged.status = into, Status.RESOLVED
    merged.resolved_at, merged.resolved_by_name = now, by.name
    save(merged, by=by, now=now, reason=f"merged into {into.reference}")


def _continue(into: Incident, merged: Incident, *, by: Actor, now: datetime) -> None:
    """The continuing one began, and was noticed, when the first of the two was."""
    if merged.detected_at < into.detected_at:
        into.noticed_by = merged.noticed_by
    into.started_at = min(into.started_at, merged.started_at)
    into.detected_at = min(into.detected_at, merged.detected_at)
    for name in ("acknowledged_at", "first_told_at"):
        moments = [moment for row in (into, merged) if (moment := getattr(row, name)) is not None]
        setattr(into, name, min(moments, default=None))
    save(into, by=by, now=now, reason=f"{merged.reference} merged into it")


def _write_down(merged: Incident, into: Incident, reason: str, standing: str, *, by: Actor, now: datetime) -> None:
    after = f" {standing}" if standing else ""
    gone = f"Merged into {into.reference}, which continues: {reason}.{after}"
    came = f"{merged.reference} ({merged.title}) merged into this incident: {reason}.{after}"
    entry(Kind.DECISION, gone, incident=merged, by=by, now=now, data={"into": into.pk})
    entry(Kind.DECISION, came, incident=into, by=by, now=now, data={"merged": merged.pk})
    for action, row, other in (("incident.merged", merged, into), ("incident.absorbed", into, merged)):
        data = {"other": other.pk, "reason": reason[:300]}
        audit.record(action, by=by, now=now, on=row, incident=row.reference, data=data, is_drill=row.is_drill)
    named = [merged.commander, merged.liaison, merged.scribe, into.commander, into.liaison, into.scribe]
    notify(
        [person for person in dict.fromkeys(named) if person is not None and person.pk != by.person_id],
        key=f"merged:{merged.pk}:{into.pk}",
        purpose=Notification.Purpose.BRIEFING,
        subject=f"{merged.reference} was merged into {into.reference}",
        body=(
            f"{by.name} merged “{merged.title}” into “{into.title}”: {reason}.{after}\n\nWhoever was told of "
            f"{merged.reference} belongs to {into.reference} now; Support tells those to whom it is new."
        ),
        link=reverse("admin:incidents_incident_change", args=[into.pk]),
        link_label="Open the incident room",
        incident=into,
        now=now,
        is_drill=into.is_drill,
    )
