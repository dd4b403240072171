"""The outages that one was merged or split with, and where the report of each stands: for its pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from crisisdesk.core.actors import Actor
from incidents.knowing import known_to
from incidents.models import Incident
from postmortems.models import Postmortem


@dataclass(frozen=True, slots=True)
class Joined:
    """One of them: how the two belong together, and what its report is."""

    incident: Incident
    how: str
    report: Postmortem | None
    words: str


def joined_with(incident: Incident, reader: Actor | None) -> list[Joined]:
    """Those that the reader may know of, the oldest first. One read where there are any, else none."""
    if incident.joined_at is None and incident.merged_into_id is None:
        return []
    before = [pk for pk in (incident.merged_into_id, incident.split_from_id) if pk is not None]
    rows = Incident.objects.filter(Q(merged_into=incident) | Q(split_from=incident) | Q(pk__in=before))
    return [_joined(row, incident) for row in rows.filter(known_to(reader)).select_related("postmortem").order_by("pk")]


def _joined(row: Incident, incident: Incident) -> Joined:
    report = getattr(row, "postmortem", None)
    if row.pk == incident.merged_into_id:
        how = "Continues as"
        words = "its report tells of both" if report else "its report opens when it is resolved and tells of both"
    elif row.merged_into_id == incident.pk:
        how = "Merged into this"
        words = _of_merged(report)
    else:
        how = "Split from" if row.pk == incident.split_from_id else "Split off"
        words = f"its report is {report.get_state_display()}" if report else "its own report opens when it is resolved"
    return Joined(row, how, report, words)


def _of_merged(report: Postmortem | None) -> str:
    if report is None:
        return "this report covers it"
    if not report.is_covered:
        return f"its report is {report.get_state_display()}; what came after is told here"
    return "its report is covered by this one" + (", and was taken over" if report.covered_by_id else "")
