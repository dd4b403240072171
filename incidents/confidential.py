"""Need-to-know incidents: made confidential or not, clearances given and taken back, each with a reason (Step 4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from crisisdesk.core import audit
from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.knowing import knows
from incidents.locking import locked, save
from incidents.models import Clearance, Incident, Notification
from incidents.oncall.notify import notify
from incidents.timeline import Kind, entry


def make_confidential(incident: Incident, *, reason: str, by: Actor, now: datetime) -> Incident:
    """Let only those named know of it from now on: whoever does this, those who lead it, and those they name.

    Affected customers are told as ever. Raises NotAllowed, WrongState, InvalidInput.
    """
    reason = _allowed(incident, reason, by)
    with transaction.atomic():
        incident = locked(incident)
        if incident.is_confidential:
            raise WrongState(f"{incident.reference} is confidential already; name who else may know.")
        incident.confidential_at = now
        save(incident, by=by, now=now, reason="confidential")
        if by.person_id is not None and not incident.clearances.standing().filter(person=by.person_id).exists():
            _give(incident, by.person_id, "", "Made it confidential", by, now)
        entry(Kind.DECISION, f"Confidential from now on: {reason}", incident=incident, by=by, now=now)
        _audit("incident.made_confidential", incident, by, now, reason=reason)
    return incident


def end_confidence(incident: Incident, *, reason: str, by: Actor, now: datetime) -> Incident:
    """Let everybody who sees incidents know of it again. Raises NotAllowed, WrongState, InvalidInput."""
    reason = _allowed(incident, reason, by)
    with transaction.atomic():
        incident = locked(incident)
        if not incident.is_confidential:
            raise WrongState(f"{incident.reference} is not confidential.")
        incident.confidential_at = None
        save(incident, by=by, now=now, reason="no longer confidential")
        entry(Kind.DECISION, f"No longer confidential: {reason}", incident=incident, by=by, now=now)
        _audit("incident.confidence_ended", incident, by, now, reason=reason)
    return incident


def grant(
    incident: Incident, *, person: User | None = None, group: str = "", reason: str, by: Actor, now: datetime
) -> Clearance:
    """Let a person, or everybody of a role, know of it; the person is told. One that stands is returned as it is.

    Raises NotAllowed, WrongState, InvalidInput.
    """
    reason = _allowed(incident, reason, by)
    if (person is None) == (not group):
        raise InvalidInput({"person": "Name either a person or a role."})
    if group and group not in list(Group):
        raise InvalidInput({"group": f"There is no role called “{group}”."})
    if person is not None and not person.is_active:
        raise InvalidInput({"person": f"{person} can't sign in any more. Name somebody who can."})
    with transaction.atomic():
        incident = _confidential(incident)
        standing = incident.clearances.standing().filter(person=person, group=group).first()
        if standing is not None:
            return standing
        row = _give(incident, person.pk if person else None, group, reason, by, now)
        entry(Kind.DECISION, f"{row.whom} may know of it: {reason}", incident=incident, by=by, now=now)
        _audit("clearance.granted", incident, by, now, reason=reason, clearance=row.pk)
        if person is not None and person.pk != by.person_id:
            notify(
                [person],
                key=f"clearance:{row.pk}",
                purpose=Notification.Purpose.BRIEFING,
                subject=f"{incident.reference}: you may know of it now; few do",
                body=f"{by.name} let you in on “{incident.title}”: {reason}\n\nSpeak of it with nobody else.",
                link=reverse("admin:incidents_incident_change", args=[incident.pk]),
                link_label="Open the incident room",
                incident=incident,
                now=now,
                is_drill=incident.is_drill,
            )
    return row


def revoke(clearance: Clearance, *, reason: str, by: Actor, now: datetime) -> Clearance:
    """Take a clearance back. Raises NotAllowed, InvalidInput; WrongState for what lets oneself in."""
    incident = clearance.incident
    reason = _allowed(incident, reason, by)
    with transaction.atomic():
        incident = _confidential(incident)
        row = Clearance.objects.select_for_update(of=("self",), no_key=True).get(pk=clearance.pk)
        if row.revoked_at is not None:
            raise WrongState(f"{row.revoked_by_name} took this back already.")
        row.revoked_at, row.revoked_by_name, row.revoked_reason = now, by.name, reason[:300]
        row.save()
        # Whoever takes it back stays in, so that somebody of Operations always is.
        if not knows(by, incident):
            raise WrongState("You would no longer know of it yourself. Let another of Operations do it.")
        entry(Kind.DECISION, f"{row.whom} may no longer know of it: {reason}", incident=incident, by=by, now=now)
        _audit("clearance.revoked", incident, by, now, reason=reason, clearance=row.pk)
    return row


def _allowed(incident: Incident, reason: str, by: Actor) -> str:
    """The reason without blanks at its ends. Raises NotAllowed, InvalidInput."""
    require(by, Act.CHANGE_INCIDENT)
    if not knows(by, incident):
        raise NotAllowed("This takes somebody who may know of it.")
    if not reason.strip():
        raise InvalidInput({"reason": "Say why; it is kept in the timeline, which those read who may."})
    return reason.strip()


def _confidential(incident: Incident) -> Incident:
    incident = locked(incident)
    if not incident.is_confidential:
        raise WrongState(f"{incident.reference} is not confidential: everybody may know of it.")
    return incident


def _give(incident: Incident, person_id: int | None, group: str, reason: str, by: Actor, now: datetime) -> Clearance:
    return Clearance.objects.create(
        incident=incident,
        person_id=person_id,
        group=group,
        reason=reason[:300],
        granted_at=now,
        granted_by_name=by.name,
    )


def _audit(action: str, incident: Incident, by: Actor, now: datetime, **data: str | int) -> None:
    audit.record(
        action, by=by, now=now, on=incident, incident=incident.reference, data=data, is_drill=incident.is_drill
    )
