"""Requests to executives where executives are: read and answered on the review pages (Step 4)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.refusals import InvalidInput, NotAllowed, Refusal
from incidents.asking import answer_request
from incidents.knowing import known_to
from incidents.models import ExecutiveRequest
from incidents.models.executive_request import Decision, ExecutiveRequestQuerySet
from postmortems.views.common import Reader, review_page

ANSWERED = 50


class AnswerForm(forms.Form):
    """Yes or no, with words."""

    decision = forms.ChoiceField(choices=Decision.choices)
    answer = forms.CharField(required=False, max_length=5_000)


@require_GET
@review_page
def requests(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What is asked now, the most urgent first, and what was asked before."""
    return render(request, "review/requests.html", _context(reader))


@require_POST
@review_page
def answer(request: HttpRequest, reader: Reader, request_id: int) -> HttpResponse:
    """Answer one; a refusal keeps what was typed."""
    row = get_object_or_404(_requests(reader), pk=request_id)
    form = AnswerForm(request.POST)
    try:
        if not form.is_valid():
            raise InvalidInput({name: " ".join(map(str, errors)) for name, errors in form.errors.items()})
        answered = answer_request(row, **form.cleaned_data, by=reader.actor, now=clock.now())
    except Refusal as refusal:
        status = 403 if isinstance(refusal, NotAllowed) else 400 if isinstance(refusal, InvalidInput) else 409
        typed = {"pk": row.pk, "decision": request.POST.get("decision", ""), "answer": request.POST.get("answer", "")}
        context = _context(reader, refusal=str(refusal), typed=typed)
        return render(request, "review/requests.html", context, status=status)
    messages.success(request, f"Answered. {answered.asked_by_name} and who leads the incident are told now.")
    return redirect("review:requests")


def _requests(reader: Reader) -> ExecutiveRequestQuerySet:
    return ExecutiveRequest.objects.filter(known_to(reader.selection.reader, "incident__"))


def waiting(reader: Reader) -> list[dict[str, Any]]:
    """The requests that nobody has answered, drills marked, the one due first on top; one read."""
    now = reader.selection.until
    rows = _requests(reader).unanswered().select_related("incident").order_by("due_at", "pk")
    return [{"row": row, "is_late": row.is_late(now)} for row in rows]


def _context(reader: Reader, **more: Any) -> dict[str, Any]:
    past = _requests(reader).select_related("incident").order_by("-asked_at", "-pk")
    open_ones = waiting(reader)
    shown = {line["row"].pk for line in open_ones}
    return reader.context(
        is_asked=True,
        waiting=open_ones,
        past=[row for row in past[: ANSWERED + len(shown)] if row.pk not in shown],
        may_answer=may(reader.actor, Act.ANSWER_REQUEST),
        **more,
    )
