"""The checklist of an incident: which phase it is in, what is to be done, and ticking it (Step 0)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, FilteredRelation, Q, QuerySet

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from incidents.locking import locked
from incidents.models import ChecklistItem, ChecklistTick, Incident, Phase
from incidents.timeline import Kind, entry


def phase_of(incident: Incident) -> Phase:
    """Where the checklist stands: its status; the green light begins the closing, the end begins what comes after."""
    if not incident.is_open:
        return Phase.AFTER
    return Phase.RESOLVED if incident.has_green_light else Phase(incident.status)


def items_of(incident: Incident) -> QuerySet[ChecklistItem]:
    """Its type's items, and whatever was ticked in it before its type changed, in order; one read.

    Annotated `done_at` (None while it is open) and `done_by_name`.
    """
    tick = FilteredRelation("ticks", condition=Q(ticks__incident=incident))
    rows = ChecklistItem.objects.annotate(tick=tick)
    rows = rows.annotate(done_at=F("tick__done_at"), done_by_name=F("tick__done_by_name"))
    own = Q(incident_type=incident.incident_type_id, is_active=True) if incident.incident_type_id else Q(pk__in=[])
    return rows.filter(own | Q(done_at__isnull=False)).select_related("role").order_by("position", "pk")


def tick(incident: Incident, item: ChecklistItem, *, by: Actor, now: datetime, is_done: bool = True) -> ChecklistTick:
    """Say that a point is done, or (`is_done` false) that it is not after all. The same again changes nothing.

    Also possible after the end: some points are for then. Raises NotAllowed, and WrongState for an item that is not
    of the incident's type.
    """
    require(by, Act.WRITE_NOTE)
    with transaction.atomic():
        incident = locked(incident)
        known = ChecklistTick.objects.filter(incident=incident, item=item).first()
        if known is None and (item.incident_type_id != incident.incident_type_id or not item.is_active):
            raise WrongState(
                f"“{item}” is not on the checklist of {incident.reference} any more. Reload the page to see what is."
            )
        row = known or ChecklistTick(incident=incident, item=item)
        if (row.done_at is not None) == is_done:
            return row
        row.done_at, row.done_by_id, row.done_by_name = (now, by.person_id, by.name) if is_done else (None, None, "")
        row.save()
        text = f"Checklist: done: {item}" if is_done else f"Checklist: open again: {item}"
        entry(Kind.CHANGE, text, incident=incident, by=by, now=now, data={"item": item.pk})
        audit.record(
            "checklist.ticked" if is_done else "checklist.unticked",
            by=by,
            now=now,
            on=row,
            incident=incident.reference,
            data={"item": item.pk, "phase": item.phase},
            is_drill=incident.is_drill,
        )
    return row
