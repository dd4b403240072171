"""A request to executives as a page: read by those in the incident, answered by executives."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal
from incidents.asking import answer_request
from incidents.knowing import known_to
from incidents.models import ExecutiveRequest
from incidents.models.executive_request import Decision
from incidents.room.head import clock_of, head_of
from incidents.room.pages import page, seen_by, status_of


class AnswerForm(forms.Form):
    """Yes or no, with words."""

    decision = forms.ChoiceField(
        label="Your answer",
        choices=[(Decision.GRANTED, "Granted"), (Decision.DECLINED, "Declined")],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="In words",
        help_text="Who comes, what may be spent, whom you call. It stands in the timeline; whoever asked is told.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5_000,
        required=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_INCIDENTS)
def executive_request(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What is asked, by whom and until when; POST answers it."""
    by, now = actor_of(request), clock.now()
    rows = ExecutiveRequest.objects.filter(known_to(by, "incident__"))
    row = get_object_or_404(rows.select_related("incident__incident_type__policy"), pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = AnswerForm(posted, label_suffix="")
    refusal: Refusal | None = None
    if posted is not None and form.is_valid():
        try:
            answer_request(row, by=by, now=now, **form.cleaned_data)
        except Refusal as error:
            refusal = error
            row.refresh_from_db()
        else:
            messages.success(request, f"Answered. {row.asked_by_name} and who leads the incident are told now.")
            return redirect("admin:executive_request", pk=row.pk)
    context = {
        "row": row,
        "form": form,
        "incident": head_of(row.incident),
        "promise": clock_of(row.incident, now),
        "now": now,
        "is_late": row.is_late(now),
        "may_answer": row.answered_at is None and row.incident.is_open and may(by, Act.ANSWER_REQUEST),
        "refusal": refusal,
    }
    status = status_of(refusal, 200 if posted is None else 422)
    template = "admin/incidents/executive_request.html"
    return page(request, template, context, title="Request to executives", status=status)
