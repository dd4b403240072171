"""What a PDF shows: the page that its reader would see, or the pack of a quarter, on paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from crisisdesk.core import clock
from crisisdesk.core.access import require
from crisisdesk.core.actors import Actor
from incidents.knowing import known_to
from incidents.models import Incident
from postmortems import charts, packs, printouts
from postmortems.models import Cause, CauseReview, Postmortem, Printed, Printout
from postmortems.printing import Printed as Finished
from postmortems.printing import to_pdf
from postmortems.quarters import Quarter
from postmortems.selection import Selection
from postmortems.views import overview, reports, reviews, rows, services, stories
from postmortems.views.common import Reader, Sheet
from postmortems.views.pack import sheet as pack_sheet

LAYOUT = "review/print/base.html"
BUTTONS = ("may_open_review", "may_sign_off", "may_judge", "may_comment", "may_decide", "may_assign", "may_see_console")
Maker = Callable[[Reader, Printout], Sheet]


def _service(reader: Reader, row: Printout) -> Sheet:
    if row.service is None:
        raise Http404("The service is not named.")
    return services.sheet(reader, row.service)


def _postmortem(reader: Reader, row: Printout) -> Sheet:
    return reports.sheet(reader, get_object_or_404(_open_reports(), pk=row.object_id))


def _review(reader: Reader, row: Printout) -> Sheet:
    return reviews.sheet(reader, get_object_or_404(CauseReview.objects.select_related("cause"), pk=row.object_id))


MAKERS: dict[str, Maker] = {
    Printed.OVERVIEW: lambda reader, _row: overview.sheet(reader),
    Printed.SERVICE: _service,
    Printed.CAUSE: lambda reader, row: stories.cause_sheet(reader, row.object_id),
    Printed.INCIDENT: lambda reader, row: stories.incident_sheet(reader, row.object_id),
    Printed.REVIEW: _review,
    Printed.ROWS: lambda reader, row: rows.sheet(reader, row.listing, row.params),
    Printed.POSTMORTEM: _postmortem,
    Printed.PACK: lambda reader, _row: pack_sheet(reader),
}


def make(row: Printout) -> Finished:
    """Print an ordered page as its reader may see it now, without what is confidential.

    Raises NotAllowed, Http404, CannotPrint.
    """
    actor = Actor.person(row.asked_by) if row.asked_by else packs.PRINTER
    if row.asked_by is not None:
        require(actor, printouts.act_for(row.kind))
    selection = Selection(clock.now(), row.period, row.service)
    found = MAKERS[row.kind](Reader(actor, selection, on_paper=True), row)
    context = found.context | frame(row, selection)
    drawn = {name: partial(_chart, name, selection) for name in overview.CHARTS}
    return to_pdf(found.template, context, charts=drawn)


def title_for(reader: Reader, row: Printout) -> str:
    """How an ordered page calls itself. Raises Http404 when there is no such page."""
    selection = reader.selection
    match row.kind:
        case Printed.SERVICE if selection.service is not None:
            return f"{selection.service}, {selection.words()}"
        case Printed.PACK if selection.quarter is not None and selection.quarter <= Quarter.of(selection.today):
            return packs.title_of(selection.quarter)
        case Printed.OVERVIEW:
            return f"Executive review, {selection.words()}"
        case Printed.ROWS:
            return str(MAKERS[row.kind](reader, row).context["title"])
        case Printed.CAUSE | Printed.INCIDENT | Printed.REVIEW | Printed.POSTMORTEM:
            return str(_object(row))
        case _:
            raise Http404("There is no such page to print.")


def frame(row: Printout, selection: Selection) -> dict[str, Any]:
    """What stands around every printed page."""
    return {
        "layout": LAYOUT,
        "paper": row,
        "print_sheet": "static:review/print.css",
        "vendor": settings.VENDOR_NAME,
        "product": settings.PRODUCT_NAME,
        "base_url": settings.BASE_URL,
        "printed_at": selection.until,
        # Nothing is pressed on paper.
        **dict.fromkeys(BUTTONS, False),
    }


def _open_reports() -> QuerySet[Postmortem]:
    """What is confidential is not printed: PDF are kept, and read by others than those who ordered them."""
    return Postmortem.objects.real().filter(known_to(None, "incident__"))


def _object(row: Printout) -> object:
    models: dict[str, Any] = {
        Printed.CAUSE: Cause.objects.all(),
        Printed.INCIDENT: Incident.objects.real().filter(known_to(None)),
        Printed.REVIEW: CauseReview.objects.select_related("cause"),
        Printed.POSTMORTEM: _open_reports(),
    }
    return get_object_or_404(models[row.kind], pk=row.object_id)


def _chart(name: str, selection: Selection) -> str:
    return charts.draw(charts.table(name, selection), "light")
