"""The one shape of every change that people make to an incident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from incidents.lifecycle import Position, refuse_change
from incidents.locking import locked, position_of, save
from incidents.models import Incident
from incidents.timeline import Kind, entry


def change(
    incident: Incident,
    changes: dict[str, Any],
    text: str,
    action: str,
    what: str,
    by: Actor,
    now: datetime,
    *,
    refuse: Callable[[Position], str] | None = None,
    apply: Callable[[Incident], None] | None = None,
) -> Incident:
    """Lock, ask the rule, set the fields, write history, timeline and audit: the one shape of every change here."""
    with transaction.atomic():
        incident = locked(incident)
        position = position_of(incident)
        if refusal := refuse(position) if refuse else refuse_change(position, what):
            raise WrongState(refusal)
        if all(getattr(incident, name) == value for name, value in changes.items()):
            return incident
        for name, value in changes.items():
            setattr(incident, name, value)
        if apply:
            apply(incident)
        save(incident, by=by, now=now, reason=text[:100])
        entry(Kind.CHANGE, text, incident=incident, by=by, now=now)
        audit.record(
            action,
            by=by,
            now=now,
            on=incident,
            incident=incident.reference,
            data={"fields": sorted(changes)},
            is_drill=incident.is_drill,
        )
    return incident
