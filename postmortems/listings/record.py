"""The list of what the audit trail says of a cause: how often its story turned."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, OuterRef, Subquery
from django.db.models.functions import Cast

from crisisdesk.core.models import AuditEntry
from crisisdesk.core.numbers import whole_number
from postmortems import history
from postmortems.listings.shape import Cell, Listing, Params, day_of
from postmortems.models import Action, Cause
from postmortems.selection import Selection


def record(_selection: Selection, params: Params) -> Listing:
    """The acts of one kind in the story of a cause, newest first, whatever the period."""
    cause = Cause.objects.filter(pk=whole_number(params.get("cause", "")) or 0).first()
    act = params.get("act", "")
    if cause is None or act not in history.TURNS:
        return Listing("The record", COLUMNS, AuditEntry.objects.none(), _cells)
    rows = history.entries_of_cause(cause).filter(action=act).order_by("-pk")
    titles = Action.objects.filter(pk=Cast(OuterRef("object_id"), BigIntegerField())).values("title")[:1]
    rows = rows.annotate(title=Subquery(titles))
    return Listing(f"{cause}: {history.TURNS[act][1]}", COLUMNS, rows, _cells)


COLUMNS = ("When", "Who", "What", "Outage", "Row")


def _cells(row: Any) -> list[Cell]:
    what = history.words(row, {row.object_id: row.title or "an action"})
    return [day_of(row.at), Cell(row.actor_name), Cell(what), Cell(row.incident), Cell(f"audit entry {row.pk}")]
