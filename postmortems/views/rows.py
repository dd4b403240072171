"""The list behind a figure."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from postmortems import seen
from postmortems.listings import LISTINGS
from postmortems.models import Page
from postmortems.views.common import Reader, Sheet, review_page

PER_PAGE = 50


@require_GET
@review_page
def rows(request: HttpRequest, reader: Reader, listing: str) -> HttpResponse:
    """The rows that a figure counted, fifty to a page."""
    if listing not in LISTINGS:
        raise Http404("There is no such list.")
    seen.note(Page.LIST, by=reader.actor, now=reader.selection.until)
    found = sheet(reader, listing, request.GET.dict())
    return render(request, found.template, found.context)


def sheet(reader: Reader, listing: str, params: Mapping[str, str]) -> Sheet:
    """A page of a list for one reader."""
    found = LISTINGS[listing](reader.selection, params)
    page = Paginator(found.rows, PER_PAGE).get_page(params.get("page"))
    kept = {name: value for name, value in params.items() if name not in {"page", "period", "service"} and value}
    context = reader.context(
        title=found.title,
        listing=listing,
        columns=found.columns,
        lines=[list(zip(found.columns, found.cells(row), strict=True)) for row in page.object_list],
        page=page,
        kept=reader.selection.query(**kept),
        kept_fields=kept,
        **reader.filters(),
    )
    return Sheet("review/rows.html", context)
