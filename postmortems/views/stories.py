"""The page of a cause and the page of an outage, each with the record behind it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import InvalidInput, NotAllowed, Refusal
from incidents.knowing import known_to
from incidents.models import Incident
from postmortems import history, repeats, seen, similar
from postmortems.joined import joined_with
from postmortems.models import Cause, Page, Postmortem
from postmortems.report import mark, sign_off
from postmortems.sections import SECTIONS
from postmortems.selection import Selection, standing_alone
from postmortems.timeline import Shown, compiled, promise_text, shown_to
from postmortems.views.common import Reader, Sheet, review_page
from postmortems.views.forms import OpenForm

PER_PAGE = 25


@require_GET
@review_page
def cause(request: HttpRequest, reader: Reader, cause_id: int) -> HttpResponse:
    """Every outage of a cause, what was promised after each, and the record: who, when, what."""
    found = cause_sheet(reader, cause_id, request.GET.get("page"))
    return render(request, found.template, found.context)


def cause_sheet(reader: Reader, cause_id: int, number: str | None = None) -> Sheet:
    """The page of a cause for one reader. Raises Http404."""
    found = get_object_or_404(Cause.objects.select_related("parent").prefetch_related("reviews"), pk=cause_id)
    rows = Postmortem.objects.filter(reader.selection.counted("incident__"), cause=found)
    newest = repeats.with_actions(rows).order_by("-incident__started_at", "-pk")
    here, of_all = _how_many(found, reader.selection)
    paginator = Paginator(newest, PER_PAGE)
    paginator.count = here  # known already: one read for both numbers
    page = paginator.get_page(number)
    entries = reader.seen(history.entries_of_cause(found))
    reviews = sorted(found.reviews.all(), key=lambda row: (row.opened_at, row.pk), reverse=True)
    context = reader.context(
        cause=found,
        reviews=reviews,
        open_form=OpenForm(),
        may_open_review=may(reader.actor, Act.SIGN_OFF) and not any(row.is_open for row in reviews),
        readers=seen.readers(Page.CAUSE, found.pk, by=reader.viewer, now=reader.selection.until),
        page=page,
        outside=of_all - here,
        of_all=of_all,
        all_query=reader.selection.query(period="all"),
        outages=repeats.stories(list(page.object_list), reader.selection),
        repeat=repeats.repeat_of(found, reader.selection),
        turns=history.turns(entries),
        evidence=reader.told(history.of_cause(found, entries)),
        **reader.filters(),
    )
    return Sheet("review/cause.html", context)


def _how_many(cause: Cause, selection: Selection) -> tuple[int, int]:
    """Outages of the cause within the period, and whatever the period. One read."""
    rows = Postmortem.objects.filter(selection.touching("incident__"), standing_alone("incident__"), cause=cause)
    found = rows.aggregate(here=Count("pk", filter=selection.during("incident__")), all=Count("pk"))
    return found["here"], found["all"]


@require_http_methods(["GET", "POST"])
@review_page
def incident(request: HttpRequest, reader: Reader, incident_id: int) -> HttpResponse:
    """One outage on one page. Its buttons sign the post-mortem off and judge what it is like."""
    refusal, status = "", 200
    if request.method == "POST":
        try:
            said = _act(request, reader, incident_id)
        except Refusal as error:
            refusal = str(error)
            status = 403 if isinstance(error, NotAllowed) else 400 if isinstance(error, InvalidInput) else 409
        else:
            messages.success(request, said)
            return redirect(request.get_full_path())
    found = incident_sheet(reader, incident_id)
    return render(request, found.template, found.context | {"refusal": refusal}, status=status)


def _act(request: HttpRequest, reader: Reader, incident_id: int) -> str:
    """Judge a suggestion, or sign the post-mortem off; what was done, in words. Raises Refusal, Http404."""
    now = clock.now()
    answer = request.POST.get("alike", "")
    if answer in {"yes", "no"}:
        known = Incident.objects.real().filter(known_to(reader.actor))
        one = get_object_or_404(known, pk=incident_id)
        other = get_object_or_404(known, pk=whole_number(request.POST.get("other", "")) or 0)
        similar.judge(one, other, is_similar=answer == "yes", by=reader.actor, now=now)
        return f"{other.reference} is {'alike' if answer == 'yes' else 'not alike'}; that is recorded."
    if request.POST.get("verb") != "sign_off":
        raise InvalidInput("This button is not known; open the page again.")
    reports = Postmortem.objects.real().filter(known_to(reader.actor, "incident__"))
    report = get_object_or_404(reports, incident=incident_id)
    sign_off(report, seen=request.POST.get("seen", ""), by=reader.actor, now=now)
    return f"You signed off the post-mortem of INC-{incident_id}."


def incident_sheet(reader: Reader, incident_id: int) -> Sheet:
    """The page of an outage for one reader. Raises Http404."""
    rows = Incident.objects.real().filter(known_to(reader.selection.reader))
    rows = rows.select_related("commander", "liaison", "incident_type")
    # The timeline and the page's own lists tell of the same rows: they are read once.
    rows = rows.prefetch_related("updates")
    found = get_object_or_404(rows, pk=incident_id)
    reports = repeats.with_actions(Postmortem.objects.filter(incident=found)).select_related("lead")
    postmortem = reports.first()
    story = repeats.stories([postmortem], reader.selection)[0] if postmortem else None
    if postmortem is not None:
        postmortem.incident = found
    timeline = shown_to(postmortem) if postmortem is not None else Shown(compiled(found), [])
    context = reader.context(
        incident=found,
        affected=found.affected.select_related("service", "region", "instance").order_by("id"),
        timeline=timeline.shown,
        hidden=timeline.hidden,
        zone=postmortem.time_zone if postmortem else "UTC",
        promises=[
            (promise, promise_text(promise))
            for promise in sorted(found.promises.all(), key=lambda row: (row.due_at, row.pk))
        ],
        answers=found.answers.select_related("contact__customer").order_by("-at", "-pk"),
        updates=list(found.updates.all()),
        joined=joined_with(found, reader.selection.reader),
        similar=similar.suggestions(found, postmortem),
        may_judge=may(reader.actor, Act.EDIT_POSTMORTEM),
        postmortem=postmortem,
        mark=mark(postmortem) if postmortem else "",
        sections=[(section, getattr(postmortem, section.name)) for section in SECTIONS] if postmortem else [],
        story=story,
        evidence=reader.told(history.of_incident(found)),
        readers=seen.readers(Page.INCIDENT, found.pk, by=reader.viewer, now=reader.selection.until, beside=Page.REPORT),
        may_sign_off=may(reader.actor, Act.SIGN_OFF),
        may_see_console=may(reader.actor, Act.VIEW_POSTMORTEMS),
    )
    return Sheet("review/incident.html", context)
