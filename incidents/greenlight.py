"""Operations' green light: without it no final message leaves (Step 5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.declared import tell_of_green_light
from incidents.lifecycle import refuse_green_light, refuse_withdrawal
from incidents.locking import locked, position_of, save
from incidents.models import Incident, Status
from incidents.timeline import Kind, entry


def give_green_light(incident: Incident, *, note: str, by: Actor, now: datetime) -> Incident:
    """Say that the outage is over, with what was restored. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.GREEN_LIGHT)
    if not note.strip():
        raise InvalidInput({"note": "Say what was restored; Support tells customers from it."})
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_green_light(position_of(incident)):
            raise WrongState(refusal)
        incident.green_light_at, incident.green_light_note = now, note.strip()
        incident.green_light_by_id, incident.green_light_by_name = by.person_id, by.name
        incident.status = Status.MONITORING
        save(incident, by=by, now=now, reason="green light")
        entry(Kind.DECISION, f"Green light: {note.strip()}", incident=incident, by=by, now=now)
        if incident.first_told_at is not None:
            tell_of_green_light(incident, by=by, now=now)
        _audit("incident.green_light_given", incident, by, now)
    return incident


def withdraw_green_light(incident: Incident, *, reason: str, by: Actor, now: datetime) -> Incident:
    """Take the green light back before the final message. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.GREEN_LIGHT)
    if not reason.strip():
        raise InvalidInput({"reason": "Say why the green light is withdrawn."})
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_withdrawal(position_of(incident)):
            raise WrongState(refusal)
        clear(incident)
        save(incident, by=by, now=now, reason="green light withdrawn")
        entry(Kind.DECISION, f"Green light withdrawn: {reason.strip()}", incident=incident, by=by, now=now)
        _audit("incident.green_light_withdrawn", incident, by, now)
    return incident


def clear(incident: Incident) -> None:
    """Forget the green light on a row that the caller saves."""
    incident.green_light_at, incident.green_light_note = None, ""
    incident.green_light_by_id, incident.green_light_by_name = None, ""


def _audit(action: str, incident: Incident, by: Actor, now: datetime) -> None:
    audit.record(action, by=by, now=now, on=incident, incident=incident.reference, is_drill=incident.is_drill)
