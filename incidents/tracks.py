"""Diagnosis and mitigation, kept by Operations as two tracks of short findings (Step 3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.lifecycle import refuse_change
from incidents.locking import locked, position_of
from incidents.models import Finding, FindingState, Incident, Track
from incidents.models.finding import STATES
from incidents.timeline import Kind, entry

LONGEST = 200


def add_finding(incident: Incident, track: str, text: str, *, by: Actor, now: datetime, state: str = "") -> Finding:
    """Write down what is suspected or tried; without a state it is suspected, or planned.

    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.CHANGE_INCIDENT)
    if track not in Track.values:
        raise InvalidInput({"track": "Choose the track: diagnosis or mitigation."})
    text = " ".join(text.split())
    if not text:
        raise InvalidInput({"text": "Write what was found or is tried, in a line."})
    if len(text) > LONGEST:
        raise InvalidInput({"text": f"{len(text)} characters are more than a line of {LONGEST}. Write a note instead."})
    state = state or STATES[Track(track)][0]
    _check_state(track, state)
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_change(position_of(incident), "add findings"):
            raise WrongState(refusal)
        row = Finding(incident=incident, track=track, text=text, state=state, made_at=now, made_by_name=by.name)
        _save(row, f"{row.get_track_display()}, {row.get_state_display().lower()}: {text}", "finding.added", by, now)
    return row


def set_finding_state(finding: Finding, state: str, *, by: Actor, now: datetime) -> Finding:
    """Say how far a finding is. The same state again changes nothing. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.CHANGE_INCIDENT)
    _check_state(finding.track, state)
    with transaction.atomic():
        incident = locked(finding.incident)
        if refusal := refuse_change(position_of(incident), "change findings"):
            raise WrongState(refusal)
        row = Finding.objects.select_for_update(of=("self",), no_key=True).get(pk=finding.pk)
        if row.state == state:
            return row
        before, row.state = row.get_state_display().lower(), state
        row.incident = incident
        text = f"{row.get_track_display()}, {before} → {row.get_state_display().lower()}: {row.text}"
        _save(row, text, "finding.changed", by, now)
    return row


def _check_state(track: str, state: str) -> None:
    states = STATES[Track(track)]
    if state not in states:
        names = ", ".join(FindingState(one).label.lower() for one in states)
        raise InvalidInput({"state": f"A finding of the {track} is one of: {names}."})


def _save(row: Finding, text: str, action: str, by: Actor, now: datetime) -> None:
    incident = row.incident
    row.changed_at, row.changed_by_name = now, by.name
    stamp(row, by=by, now=now, reason=row.state)
    row.save()
    data = {"finding": row.pk, "track": row.track, "state": row.state}
    entry(Kind.CHANGE, text, incident=incident, by=by, now=now, data=data)
    audit.record(action, by=by, now=now, on=row, incident=incident.reference, data=data, is_drill=incident.is_drill)
