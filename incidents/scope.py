"""What an incident touches, and who hears of it (Step 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from crisisdesk.core.together import Together
from customers.affected import Audience, Scope, audience
from customers.models import Contact
from incidents.lifecycle import refuse_change
from incidents.locking import locked, position_of, save
from incidents.models import AffectedService, AudienceAdjustment, Incident
from incidents.timeline import Kind, entry


def scopes_of(incident: Incident) -> list[Scope]:
    """What is in the scope now."""
    return [_scope(row) for row in incident.affected.filter(until=None).order_by("id")]


def audience_of(incident: Incident, rows: Iterable[AffectedService] | None = None) -> Audience:
    """Who is affected now, with the reason for each, people's additions and omissions applied.

    `rows`: what is in the scope now, where the caller has read it already.
    """
    if rows is None:
        together = Together()
        adjustments = together.rows(incident.adjustments.all(), "contact_id", "is_included", "made_by_name", "reason")
        read = together.rows(incident.affected.filter(until=None), "service_id", "region_id", "instance_id")
        together.read()
        rows = sorted(read, key=lambda row: row.pk)
    else:
        adjustments = list(incident.adjustments.all())
    return audience(
        [_scope(row) for row in rows],
        include={
            row.contact_id: f"added by {row.made_by_name}: {row.reason}" for row in adjustments if row.is_included
        },
        exclude=[row.contact_id for row in adjustments if not row.is_included],
    )


def add_scopes(incident: Incident, scopes: Sequence[Scope], *, by: Actor, now: datetime) -> None:
    """Insert the rows of a scope for an incident that the caller has locked or just created."""
    for scope in scopes:
        row = AffectedService(
            incident=incident,
            service_id=scope.service_id,
            region_id=scope.region_id,
            instance_id=scope.instance_id,
            since=now,
        )
        stamp(row, by=by, now=now)
        row.save()


def change_scope(incident: Incident, scopes: Sequence[Scope], *, by: Actor, now: datetime) -> Incident:
    """Make `scopes` the scope from now on. Raises NotAllowed, WrongState, InvalidInput.

    Whoever was alerted while the scope was wider keeps getting messages until the end.
    """
    require(by, Act.CHANGE_INCIDENT)
    if not scopes:
        raise InvalidInput({"scopes": "Name at least one affected service; the audience follows from it."})
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_change(position_of(incident), "change its scope"):
            raise WrongState(refusal)
        before, after = set(scopes_of(incident)), set(scopes)
        if before == after:
            return incident
        for row in incident.affected.filter(until=None):
            if _scope(row) not in after:
                row.until = now
                stamp(row, by=by, now=now)
                row.save()
        add_scopes(incident, [scope for scope in dict.fromkeys(scopes) if scope not in before], by=by, now=now)
        save(incident, by=by, now=now, reason="scope")
        names = ", ".join(str(row) for row in _in_scope(incident))
        entry(Kind.CHANGE, f"Scope is now: {names}", incident=incident, by=by, now=now)
        audit.record(
            "incident.scope_changed",
            by=by,
            now=now,
            on=incident,
            incident=incident.reference,
            data={"added": len(after - before), "removed": len(before - after)},
            is_drill=incident.is_drill,
        )
    return incident


def adjust_audience(
    incident: Incident, contact: Contact, *, is_included: bool, reason: str, by: Actor, now: datetime
) -> None:
    """Add a contact to the audience or leave one out, with the reason. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.ADJUST_AUDIENCE)
    if not reason.strip():
        raise InvalidInput({"reason": "Say why; it is shown with the audience and kept."})
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_change(position_of(incident), "change its audience"):
            raise WrongState(refusal)
        AudienceAdjustment.objects.update_or_create(
            incident=incident,
            contact=contact,
            defaults={
                "is_included": is_included,
                "reason": reason.strip()[:200],
                "made_at": now,
                "made_by_name": by.name,
            },
        )
        verb = "added to" if is_included else "left out of"
        text = f"One contact of {contact.customer} {verb} the audience: {reason.strip()}"
        entry(Kind.DECISION, text, incident=incident, by=by, now=now, data={"contact": contact.pk})
        audit.record(
            "incident.audience_adjusted",
            by=by,
            now=now,
            on=incident,
            incident=incident.reference,
            data={"contact": contact.pk, "included": is_included},
            is_drill=incident.is_drill,
        )


def _in_scope(incident: Incident) -> list[AffectedService]:
    rows = incident.affected.filter(until=None).select_related("service", "region", "instance")
    return list(rows.order_by("id"))


def _scope(row: AffectedService) -> Scope:
    return Scope(row.service_id, row.region_id, row.instance_id)
