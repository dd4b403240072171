"""The list of what the audit trail says of a cause: how often its story turned."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from crisisdesk.core.discretion import hidden_references
from crisisdesk.core.models import AuditEntry
from crisisdesk.core.numbers import whole_number
from incidents.knowing import known_to
from postmortems import history
from postmortems.listings.shape import Cell, Listing, Params, day_of
from postmortems.models import Action, Cause, Postmortem
from postmortems.selection import Selection


def record(selection: Selection, params: Params) -> Listing:
    """The acts of one kind in the story of a cause, of an action or of an outage, newest first, whatever the period."""
    act, found = params.get("act", ""), _about(params, selection)
    if found is None or act not in history.TURNS:
        return Listing("The record", COLUMNS, AuditEntry.objects.none(), _cells)
    subject, entries = found
    rows = entries.filter(action=act).exclude(incident__in=hidden_references(selection.reader)).order_by("-pk")
    titles = Action.objects.filter(pk=Cast(OuterRef("object_id"), BigIntegerField())).values("title")[:1]
    rows = rows.annotate(title=Subquery(titles))
    return Listing(f"{subject}: {history.TURNS[act][1]}", COLUMNS, rows, _cells)


def _about(params: Params, selection: Selection) -> tuple[object, QuerySet[AuditEntry]] | None:
    """Whose record, and its entries."""
    keys = {name: whole_number(params.get(name, "")) or 0 for name in ("cause", "action", "outage")}
    if cause := Cause.objects.filter(pk=keys["cause"]).first():
        return cause, history.entries_of_cause(cause)
    if action := Action.objects.filter(known_to(selection.reader, "postmortem__incident__"), pk=keys["action"]).first():
        return action, history.entries_on(action)
    known = Postmortem.objects.real().filter(known_to(selection.reader, "incident__"))
    if report := known.filter(incident=keys["outage"]).select_related("incident").first():
        return report.incident, history.entries_on(report)
    return None


COLUMNS = ("When", "Who", "What", "Outage", "Row")


def _cells(row: Any) -> list[Cell]:
    what = history.words(row, {row.object_id: row.title or "an action"})
    return [day_of(row.at), Cell(row.actor_name), Cell(what), Cell(row.incident), Cell(f"audit entry {row.pk}")]
