"""Ordering a PDF, waiting for it, reading it: and the list of all that were made."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may, require
from crisisdesk.core.asking_again import unless_unchanged, version_of
from crisisdesk.core.console import actor_of
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import NotAllowed
from incidents.knowing import known_to
from incidents.models import Incident
from postmortems import packs, printouts, seen
from postmortems.listings import LISTINGS
from postmortems.models import Page, Printed, Printout, PrintState
from postmortems.quarters import Quarter
from postmortems.selection import DEFAULT
from postmortems.views.common import QUARTERS, Reader, review_page, selection_from
from postmortems.views.papers import title_for

P = ParamSpec("P")
PER_PAGE = 25
WAIT_SECONDS = 2


def printed_page(
    view: Callable[Concatenate[HttpRequest, Reader, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let in who may read this or that PDF; the view looks at which. Refusals say which roles may."""

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        values = request.POST if request.method == "POST" else request.GET
        by = actor_of(request)
        reader = Reader(by, selection_from(values.get("period", DEFAULT), values.get("service", ""), by))
        try:
            response = view(request, reader, *args, **kwargs)
        except NotAllowed as refusal:
            return render(request, "review/refused.html", {"refusal": str(refusal)}, status=403)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return login_required(checked)  # type: ignore[return-value]


@require_GET
@review_page
def printouts_page(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What was printed, the newest first, and the packs of the last quarters to be made."""
    rows = Printout.objects.filter(_known(reader)).select_related("service").order_by("-pk")
    if not may(reader.actor, Act.VIEW_POSTMORTEMS):
        rows = rows.exclude(kind=Printed.POSTMORTEM)
    present = Quarter.of(reader.selection.today)
    context = reader.context(
        is_printed=True,
        page=Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        packs=[(row.name, packs.title_of(row)) for row in (present.earlier(count) for count in range(QUARTERS))],
        kept=reader.selection.query(),
    )
    return render(request, "review/printed.html", context)


@require_POST
@printed_page
def order(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Order a PDF of the page that the button stood on."""
    kind, listing = request.POST.get("kind", ""), request.POST.get("listing", "")
    if kind not in Printed.values or (kind == Printed.ROWS and listing not in LISTINGS):
        raise Http404("There is no such page to print.")
    known = {"kind", "object", "listing", "period", "service", "csrfmiddlewaretoken"}
    given = {name: str(value) for name, value in request.POST.items() if name not in known}
    whole = {name: value for name, value in given.items() if "\0" not in name + value and len(name + value) <= 100}
    params = whole if kind == Printed.ROWS else {}
    number = whole_number(request.POST.get("object", "")) or 0
    require(reader.actor, printouts.act_for(kind))
    wanted = Printout(kind=kind, object_id=number, listing=listing, params=params)
    row = printouts.order(
        kind,
        reader.selection,
        title=title_for(reader, wanted),
        object_id=number,
        listing=listing,
        params=params,
        by=reader.actor,
        now=reader.selection.until,
    )
    return redirect("review:printout", row.pk)


@require_GET
@printed_page
def printout(request: HttpRequest, reader: Reader, printout_id: int) -> HttpResponse:
    """How far it is; the page asks again by itself until it is there."""
    row = get_object_or_404(Printout.objects.filter(_known(reader)).select_related("service"), pk=printout_id)
    printouts.readable(row, reader.actor)
    waits = row.state == PrintState.QUEUED
    is_slow = waits and clock.now() - row.asked_at > printouts.PATIENCE
    version = version_of(row.pk, row.state, row.problem, is_slow)
    context = reader.context(
        row=row, refresh_seconds=WAIT_SECONDS if waits else 0, version=version, is_slow=is_slow, is_printed=True
    )
    return unless_unchanged(request, version, lambda: render(request, "review/printout.html", context))


@require_GET
@printed_page
def download(request: HttpRequest, reader: Reader, printout_id: int) -> HttpResponse:
    """The PDF as a download."""
    row = get_object_or_404(Printout.objects.filter(_known(reader)), pk=printout_id, state=PrintState.READY)
    printouts.readable(row, reader.actor)
    seen.note(Page.PRINTOUT, row.pk, by=reader.actor, now=reader.selection.until)
    response = HttpResponse(bytes(row.content.data), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.file_name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _known(reader: Reader) -> Q:
    """Without those of outages that became confidential after they were printed."""
    secret = Incident.objects.exclude(known_to(reader.actor))
    incidents = Q(kind=Printed.INCIDENT, object_id__in=secret.values("pk"))
    return ~(incidents | Q(kind=Printed.POSTMORTEM, object_id__in=secret.values("postmortem")))
