"""Taking an incident for a change."""

from __future__ import annotations

from datetime import datetime

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from incidents.lifecycle import Position
from incidents.models import Incident, reference_of


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
        is_drill=incident.is_drill,
        is_confidential=incident.is_confidential,
        merged_into=reference_of(incident.merged_into_id) if incident.merged_into_id else "",
    )


def save(incident: Incident, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Save a locked incident: its version grows, and its history names the actor."""
    incident.version += 1
    stamp(incident, by=by, now=now, reason=reason)
    incident.save()


def both_locked(one: Incident, other: Incident) -> tuple[Incident, Incident]:
    """Two incidents, locked in the order of their ids so that two people who take them crosswise never wait forever."""
    rows = {row.pk: row for row in (locked(row) for row in sorted({one.pk: one, other.pk: other}.values(), key=_by_id))}
    return rows[one.pk], rows[other.pk]


def _by_id(incident: Incident) -> int:
    return incident.pk
