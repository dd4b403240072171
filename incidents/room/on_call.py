"""The page “On call” and its two forms."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import InvalidInput, Refusal
from incidents.models import IncidentRole, Override, Rank, Swap
from incidents.oncall.who import role_of
from incidents.room.on_call_facts import Asked, on_call_facts
from incidents.room.on_call_forms import OverrideForm, SwapForm, moment_of
from incidents.room.pages import page, refused, seen_by, status_of
from incidents.schedules import overriding, swapping
from incidents.schedules.rules import RANKS
from incidents.schedules.standing import plan_of
from incidents.schedules.words import span_words

WEEKS = (2, 4)
OFFERS_AHEAD = timedelta(days=42)
OFFERS = 30
ANSWERS = {
    "accept": (swapping.accept, "Accepted. It holds from now on, and both of you have it in writing."),
    "decline": (swapping.decline, "Declined. Nothing changes; whoever asked is told."),
    "take-back": (swapping.take_back, "Taken back. Nothing changes."),
}


@require_http_methods(["GET", "HEAD"])
@seen_by(Act.VIEW_SETTINGS)
def on_call(request: HttpRequest) -> HttpResponseBase:
    """Who is on call now and next, the gaps, two or four weeks as a calendar, and what concerns the reader."""
    now = clock.now()
    weeks = 4 if request.GET.get("weeks") == "4" else WEEKS[0]
    asked = Asked(_monday(request.GET.get("from", ""), now), weeks, request.GET.get("role", ""))
    context = on_call_facts(asked, actor_of(request), now)
    return page(request, "admin/incidents/on_call/page.html", context, title="On call")


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_SETTINGS)
def override(request: HttpRequest) -> HttpResponseBase:
    """Put somebody else on call for a while; whoever is on call may hand over their own time."""
    posted = request.POST if request.method == "POST" else None
    form = OverrideForm(posted, request.GET.dict())
    refusal: Refusal | None = None
    if posted is not None and form.is_valid():
        try:
            row = overriding.override(**form.cleaned_data, by=actor_of(request), now=clock.now())
        except Refusal as error:
            refusal = _onto(form, error)
        else:
            messages.success(request, f"{row.person} is on call as {row.role}: {_words(row.starts_at, row.ends_at)}.")
            return redirect("admin:on_call")
    context = {"form": form, "refusal": refusal}
    status = status_of(refusal, 200 if posted is None else 422)
    return page(request, "admin/incidents/on_call/override.html", context, title="Somebody else on call", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_SETTINGS)
def swap(request: HttpRequest) -> HttpResponseBase:
    """Ask a colleague to take a shift, in exchange for one of theirs or for nothing."""
    by, now = actor_of(request), clock.now()
    role = role_of(request.GET.get("role", ""))
    if role is None:
        raise Http404
    offers = _offers(role, by.person_id, now)
    posted = request.POST if request.method == "POST" else None
    given = request.GET.dict()
    form = SwapForm(posted, given, role, by.person_id, [(key, words) for key, words, _ in offers])
    refusal: Refusal | None = None
    if posted is not None and form.is_valid():
        chosen = {key: held for key, _, held in offers}.get(form.cleaned_data["takes"])
        try:
            swapping.ask(
                role,
                chosen.person if chosen else form.cleaned_data["partner"],
                gives=(form.cleaned_data["gives_from"], form.cleaned_data["gives_until"]),
                takes=(chosen.since, chosen.until) if chosen else None,
                reason=form.cleaned_data["reason"],
                by=by,
                now=now,
            )
        except Refusal as error:
            refusal = _onto(form, error)
        else:
            messages.success(request, "Asked. Nothing changes until your colleague accepts; you are told then.")
            return redirect("admin:on_call")
    context = {"form": form, "role": role, "refusal": refusal}
    status = status_of(refusal, 200 if posted is None else 422)
    return page(request, "admin/incidents/on_call/swap.html", context, title="Ask for a swap", status=status)


@require_POST
@seen_by(Act.VIEW_SETTINGS)
def answer(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """Accept, decline or take back a swap."""
    if name not in ANSWERS:
        raise Http404
    verb, done = ANSWERS[name]
    try:
        verb(get_object_or_404(Swap, pk=pk), by=actor_of(request), now=clock.now())
    except Refusal as error:
        return refused(request, str(error), status=status_of(error))
    messages.success(request, done)
    return redirect("admin:on_call")


@require_POST
@seen_by(Act.VIEW_SETTINGS)
def end_override(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End an override."""
    try:
        overriding.withdraw(get_object_or_404(Override, pk=pk), by=actor_of(request), now=clock.now())
    except Refusal as error:
        return refused(request, str(error), status=status_of(error))
    messages.success(request, "Ended. The schedule holds again.")
    return redirect("admin:on_call")


def _monday(text: str, now: datetime) -> date:
    """The Monday of the week that holds the day asked for; of this week when that is no day."""
    moment = moment_of(f"{text}T12:00:00+00:00")
    day = moment.date() if moment and 1971 <= moment.year <= 2100 else timezone.localtime(now).date()
    return day - timedelta(days=day.weekday())


def _offers(role: IncidentRole, asker: int | None, now: datetime) -> list[tuple[str, str, Any]]:
    """Shifts of colleagues that lie ahead, each with a key and words."""
    plan = plan_of([role], now, now + OFFERS_AHEAD)
    found = [held for rank in RANKS for held in plan.turns(role, rank) if held.person.pk != asker and held.since > now]
    found.sort(key=lambda held: held.since)
    return [
        (
            f"{held.person.pk}:{held.since.isoformat()}:{held.rank}",
            f"{held.person}, {Rank(held.rank).label.lower()}: {_words(held.since, held.until)}",
            held,
        )
        for held in found[:OFFERS]
    ]


def _words(start: datetime, end: datetime) -> str:
    return span_words(start, end, timezone.get_current_timezone_name())


def _onto(form: OverrideForm | SwapForm, error: Refusal) -> Refusal | None:
    """Put what concerns a field beside it; None when nothing is left to say above the form."""
    if not isinstance(error, InvalidInput) or not set(error.errors) <= set(form.fields):
        return error
    for name, text in error.errors.items():
        form.add_error(name, text)
    return None
