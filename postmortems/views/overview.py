"""The first page of the review, and its charts."""

from __future__ import annotations

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_GET

from customers.models import Service
from incidents.models import Severity
from postmortems import charts, seen
from postmortems.figures import figures
from postmortems.models import CauseReview, Page
from postmortems.repeats import repeated
from postmortems.selection import PERIODS
from postmortems.views.common import PERIOD_LABELS, Reader, review_page


@require_GET
@review_page
def index(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Headline figures, repeats first, charts with their tables."""
    selection = reader.selection
    seen.note(Page.OVERVIEW, by=reader.actor, now=selection.until)
    months, shares = charts.months(selection), charts.shares(selection)
    context = reader.context(
        is_home=True,
        figures=figures(selection),
        repeats=repeated(selection),
        reviews=CauseReview.objects.unfinished().select_related("cause").order_by("opened_at", "pk"),
        months=months[::-1],
        severities=Severity.values,
        shares=shares,
        periods=[
            {
                "label": PERIOD_LABELS[name],
                "value": name,
                "url": f"{reverse('review:index')}?{_with_period(reader, name)}",
                "current": name == selection.period,
            }
            for name in PERIODS
        ],
        services=Service.objects.active().only("slug", "name"),
    )
    return render(request, "review/index.html", context)


@require_GET
@review_page
def chart(request: HttpRequest, reader: Reader, name: str) -> HttpResponse:
    """A chart as an SVG image. Drawn only when its table has changed since the reader's copy."""
    theme = "dark" if request.GET.get("theme") == "dark" else "light"
    rows: list[charts.Month] | list[charts.Share]
    if name == "outages":
        rows = charts.months(reader.selection)
    elif name == "causes":
        rows = charts.shares(reader.selection)
    else:
        raise Http404("There is no such chart.")
    etag = quote_etag(hashlib.sha256(f"{name}:{theme}:{rows!r}".encode()).hexdigest()[:32])
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        colours = charts.THEMES[theme]
        months = [row for row in rows if isinstance(row, charts.Month)]
        shares = [row for row in rows if isinstance(row, charts.Share)]
        svg = charts.draw_months(months, colours) if name == "outages" else charts.draw_shares(shares, colours)
        response = HttpResponse(svg, content_type="image/svg+xml")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


def _with_period(reader: Reader, name: str) -> str:
    return reader.selection.query(period=name)
