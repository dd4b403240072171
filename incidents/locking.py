"""Taking an incident for a change."""

from __future__ import annotations

from datetime import datetime

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from incidents.lifecycle import Position
from incidents.models import Incident


def locked(incident: Incident) -> Incident:
    """The incident as it is in the database now, locked until the transaction ends.

    The lock leaves room for rows that refer to the incident (`no_key`): the promise keeper writes such rows while it
    holds a deadline that a send is about to close.
    """
    return (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related("incident_type__policy")
        .get(pk=incident.pk)
    )


def position_of(incident: Incident) -> Position:
    """The incident as the rules of `lifecycle` see it."""
    return Position(
        reference=incident.reference,
        status=incident.status,
        is_brief=incident.is_brief,
        was_told=incident.first_told_at is not None,
        has_green_light=incident.has_green_light,
    )


def save(incident: Incident, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Save a locked incident: its version grows, and its history names the actor."""
    incident.version += 1
    stamp(incident, by=by, now=now, reason=reason)
    incident.save()
