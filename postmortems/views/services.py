"""The page of one service: its figures, what came back on it, its outages with what was promised."""

from __future__ import annotations

from dataclasses import replace

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from customers.models import Service
from postmortems import repeats, seen
from postmortems.models import Page, Postmortem
from postmortems.views.common import Reader, Sheet, review_page
from postmortems.views.overview import numbers

PER_PAGE = 25


@require_GET
@review_page
def service(request: HttpRequest, reader: Reader, slug: str) -> HttpResponse:
    """One service in the chosen period."""
    found = sheet(reader, get_object_or_404(Service, slug=slug), request.GET.get("page"))
    return render(request, found.template, found.context)


def sheet(reader: Reader, service: Service, number: str | None = None) -> Sheet:
    """The page of a service for one reader."""
    selection = replace(reader.selection, service=service)
    reader = replace(reader, selection=selection)
    rows = repeats.with_actions(Postmortem.objects.filter(selection.counted("incident__")))
    shown = numbers(reader)
    paginator = Paginator(rows.order_by("-incident__started_at", "-pk"), PER_PAGE)
    paginator.count = sum(share.outages for share in shown["shares"])  # the same rows by cause: one read for both
    page = paginator.get_page(number)
    context = reader.context(
        service=service,
        repeats=repeats.repeated(selection),
        page=page,
        outages=repeats.stories(list(page.object_list), selection),
        readers=seen.readers(Page.SERVICE, service.pk, by=reader.viewer, now=selection.until),
        **shown,
        **reader.filters(with_services=False),
    )
    return Sheet("review/service.html", context)
