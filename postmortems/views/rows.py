"""The list behind a figure."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from postmortems.listings import LISTINGS
from postmortems.views.common import Reader, review_page

PER_PAGE = 50


@require_GET
@review_page
def rows(request: HttpRequest, reader: Reader, listing: str) -> HttpResponse:
    """The rows that a figure counted, fifty to a page."""
    if listing not in LISTINGS:
        raise Http404("There is no such list.")
    found = LISTINGS[listing](reader.selection, request.GET.dict())
    page = Paginator(found.rows, PER_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = reader.context(
        title=found.title,
        columns=found.columns,
        lines=[list(zip(found.columns, found.cells(row), strict=True)) for row in page.object_list],
        page=page,
        kept=kept.urlencode(),
    )
    return render(request, "review/rows.html", context)
