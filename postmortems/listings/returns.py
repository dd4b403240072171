"""Lists of what came back: the outages of a cause within the window, what was promised before, and the reviews."""

from __future__ import annotations

from crisisdesk.core.numbers import whole_number
from incidents.models import Incident
from postmortems import repeats
from postmortems.listings.outages import COLUMNS, cells_of
from postmortems.listings.shape import Cell, Listing, Params, day_of, link_to, review_url
from postmortems.models import Action, ActionState, Cause, CauseReview
from postmortems.selection import Selection


def returned(selection: Selection, params: Params) -> Listing:
    """Outages of a cause within REPEAT_WINDOW_DAYS up to the selection's end, whatever the period."""
    key = whole_number(params.get("cause", "")) or 0
    reports = repeats.in_window(selection).filter(cause=key).values("pk")
    rows = Incident.objects.filter(postmortem__in=reports).order_by("-started_at", "-pk")
    return Listing(f"{_cause(key)}: outages within the window", COLUMNS, rows, cells_of)


def promised(selection: Selection, params: Params) -> Listing:
    """What was promised after the earlier outages of a cause within the window, the oldest promise on top."""
    key = whole_number(params.get("cause", "")) or 0

    def cells(row: Action) -> list[Cell]:
        tone = "done" if not row.is_open else "late" if row.is_overdue(selection.today) else ""
        state = Cell(ActionState(row.state).label, tone=tone)
        return [Cell(row.title), link_to(row.postmortem.incident), Cell(str(row.owner)), day_of(row.created_at), state]

    rows = repeats.promised_before(key, selection).select_related("postmortem__incident", "owner")
    columns = ("Action", "After", "Owner", "Promised on", "State")
    return Listing(f"{_cause(key)}: promised after the earlier outages", columns, rows.order_by("created_at"), cells)


def reviews(selection: Selection, params: Params) -> Listing:
    """Reviews of causes that were opened in the period; with a service, those that cover an outage of it."""
    rows = CauseReview.objects.filter(opened_at__lt=selection.end).select_related("cause")
    if selection.since is not None:
        rows = rows.filter(opened_at__gte=selection.since)
    if selection.service is not None:
        rows = rows.filter(covered__incident__affected__service=selection.service).distinct()
    if (cause := whole_number(params.get("cause", ""))) is not None:
        rows = rows.filter(cause=cause)

    def cells(row: CauseReview) -> list[Cell]:
        state = Cell(row.get_state_display(), tone="late" if row.is_open else "done")
        opened = f"{row.opened_by_name}: {row.reason}"
        return [Cell(str(row.cause), review_url(row.pk)), day_of(row.opened_at), Cell(opened), state]

    columns = ("Cause", "Opened", "By", "State")
    return Listing("Reviews of causes", columns, rows.order_by("-opened_at", "-pk"), cells)


def _cause(key: int) -> str:
    found = Cause.objects.filter(pk=key).first()
    return str(found) if found is not None else "No such cause"
