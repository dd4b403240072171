"""The page of one review: the story of the cause, what executives say, decide and assign, and who has read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, NotAllowed, Refusal
from incidents.knowing import known_to
from postmortems import history, repeats, seen
from postmortems.models import Cause, CauseReview, Page, Postmortem
from postmortems.review import assign_fix, comment, decide, mark, open_review, sign_off_review
from postmortems.views.common import Reader, Sheet, review_page
from postmortems.views.forms import CommentForm, DecisionForm, FixForm, OpenForm, SignOffForm

SHOWN = 25


def _comment(review: CauseReview, values: dict[str, Any], by: Actor, now: datetime) -> str:
    comment(review, values["text"], by=by, now=now)
    return "Your comment stands."


def _decide(review: CauseReview, values: dict[str, Any], by: Actor, now: datetime) -> str:
    decide(review, values["decision"], seen=values["seen"], by=by, now=now)
    return "Decided. Sign it off when nothing is missing."


def _assign(review: CauseReview, values: dict[str, Any], by: Actor, now: datetime) -> str:
    action = assign_fix(review, **values, by=by, now=now)
    return f"{action.owner} is told: “{action}”, by {action.due_on:%-d %B %Y}."


def _sign_off(review: CauseReview, values: dict[str, Any], by: Actor, now: datetime) -> str:
    sign_off_review(review, seen=values["seen"], by=by, now=now)
    return "You signed off this review."


Verb = Callable[[CauseReview, dict[str, Any], Actor, datetime], str]
VERBS: dict[str, tuple[Verb, type[forms.Form]]] = {
    "comment": (_comment, CommentForm),
    "decide": (_decide, DecisionForm),
    "fix": (_assign, FixForm),
    "sign_off": (_sign_off, SignOffForm),
}


@require_http_methods(["GET", "POST"])
@review_page
def review(request: HttpRequest, reader: Reader, review_id: int) -> HttpResponse:
    """Show the review; a button posts the name of its verb, a refusal shows the page again with what was typed."""
    found = get_object_or_404(CauseReview.objects.select_related("cause"), pk=review_id)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            messages.success(request, _act(request.POST, found, reader.actor))
        except Refusal as error:
            refusal = error
            found = get_object_or_404(CauseReview.objects.select_related("cause"), pk=review_id)
        else:
            return redirect(request.get_full_path())
    status = 403 if isinstance(refusal, NotAllowed) else 400 if isinstance(refusal, InvalidInput) else 409
    shown = sheet(reader, found, request.POST, refusal)
    return render(request, shown.template, shown.context, status=status if refusal else 200)


def sheet(reader: Reader, found: CauseReview, data: QueryDict | None = None, refusal: Refusal | None = None) -> Sheet:
    """The page of a review for one reader; with what was posted and refused."""
    return Sheet("review/review.html", reader.context(**_context(found, reader, data or QueryDict(), refusal)))


@require_POST
@review_page
def open_by_hand(request: HttpRequest, reader: Reader, cause_id: int) -> HttpResponse:
    """Open a review of a cause, by an executive, with the reason."""
    cause = get_object_or_404(Cause, pk=cause_id)
    try:
        form = OpenForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        opened = open_review(cause, reason=reason, by=reader.actor, now=clock.now())
    except Refusal as refusal:
        status = 403 if isinstance(refusal, NotAllowed) else 400 if isinstance(refusal, InvalidInput) else 409
        context = reader.context(title=f"No review of “{cause}” was opened", refusal=str(refusal), cause=cause)
        return render(request, "review/not_done.html", context, status=status)
    messages.success(request, "The review is open; the executives are told.")
    return redirect("review:review", opened.pk)


def _act(data: QueryDict, found: CauseReview, by: Actor) -> str:
    chosen = VERBS.get(data.get("verb", ""))
    if chosen is None:
        raise InvalidInput("This button is not known; open the page again.")
    verb, form_class = chosen
    form = form_class(data)
    if not form.is_valid():
        raise InvalidInput({name: " ".join(map(str, errors)) for name, errors in form.errors.items()})
    return verb(found, dict(form.cleaned_data), by, clock.now())


def _context(found: CauseReview, reader: Reader, data: QueryDict, refusal: Refusal | None) -> dict[str, Any]:
    by, selection = reader.actor, reader.selection
    rows = repeats.with_actions(
        Postmortem.objects.real().filter(known_to(selection.reader, "incident__"), cause=found.cause)
    )
    newest = list(rows.order_by("-incident__started_at", "-pk")[: SHOWN + 1])
    fixes = (
        found.fixes.filter(known_to(selection.reader, "postmortem__incident__"))
        .select_related("owner", "postmortem__incident")
        .order_by("due_on", "pk")
    )

    def form(verb: str, kind: type[forms.Form], **initial: Any) -> forms.Form:
        """As it was typed when this verb was refused, else as it begins."""
        if refusal is None or data.get("verb") != verb:
            return kind(initial=initial)
        bound = kind(data)
        if bound.is_valid() and isinstance(refusal, InvalidInput):
            for name, text in refusal.errors.items():
                bound.add_error(name if name in bound.fields else None, text)
        return bound

    return {
        "review": found,
        "cause": found.cause,
        "repeat": repeats.repeat_of(found.cause, selection),
        "outages": repeats.stories(newest[:SHOWN], selection),
        "has_more": len(newest) > SHOWN,
        "covered": set(found.covered.values_list("pk", flat=True)),
        "comments": found.comments.all(),
        "fixes": [(fix, fix.is_overdue(selection.today)) for fix in fixes],
        "readers": seen.readers(Page.REVIEW, found.pk, by=reader.viewer, now=selection.until),
        "evidence": reader.told(history.of_cause(found.cause)),
        "comment_form": form("comment", CommentForm),
        "decision_form": form("decide", DecisionForm, decision=found.decision, seen=mark(found)),
        "seen": mark(found),
        "fix_form": form("fix", FixForm),
        "may_comment": found.is_open and may(by, Act.COMMENT_REVIEW),
        "may_decide": found.is_open and may(by, Act.SIGN_OFF),
        "may_assign": found.is_open and may(by, Act.ASSIGN_FIX),
        "refusal": str(refusal) if refusal else "",
    }
