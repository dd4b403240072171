"""The first page of the review, and its charts."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_GET

from incidents.models import Severity
from postmortems import charts, seen
from postmortems.by_quarter import by_quarter
from postmortems.figures import figures
from postmortems.models import CauseReview, Page
from postmortems.repeats import repeated
from postmortems.views.asked import waiting
from postmortems.views.common import Reader, Sheet, review_page

CHARTS = ("outages", "causes")


@require_GET
@review_page
def index(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Headline figures, repeats first, charts with their tables."""
    found = sheet(reader)
    return render(request, found.template, found.context)


def sheet(reader: Reader) -> Sheet:
    """The overview for one reader."""
    selection = reader.selection
    seen.note(Page.OVERVIEW, by=reader.viewer, now=selection.until)
    reviews = CauseReview.objects.unfinished().select_related("cause").order_by("opened_at", "pk")
    context = reader.context(
        is_home=True,
        asked=waiting(reader),
        repeats=repeated(selection),
        reviews=reviews,
        **numbers(reader),
        **reader.filters(),
    )
    return Sheet("review/index.html", context)


def numbers(reader: Reader) -> dict[str, Any]:
    """The figures and tables of a selection, as `review/numbers.html` shows them."""
    selection = reader.selection
    return {
        "figures": figures(selection),
        "months": charts.months(selection)[::-1],
        "severities": Severity.values,
        "shares": charts.shares(selection),
        "touched": [] if selection.service else charts.services(selection),
        "by_quarter": by_quarter(selection),
    }


@require_GET
@review_page
def chart(request: HttpRequest, reader: Reader, name: str) -> HttpResponse:
    """A chart as an SVG image. Drawn only when its table has changed since the reader's copy."""
    theme = "dark" if request.GET.get("theme") == "dark" else "light"
    if name not in CHARTS:
        raise Http404("There is no such chart.")
    rows = charts.table(name, reader.selection)
    etag = quote_etag(hashlib.sha256(f"{name}:{theme}:{rows!r}".encode()).hexdigest()[:32])
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(charts.draw(rows, theme), content_type="image/svg+xml")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, max-age=60"
    return response
