"""Report a problem: anybody of the vendor says what they see, and the people on call are woken (Step 1)."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal
from incidents.alerts import report_problem
from incidents.models import IncidentRole, NoticedBy, Whom
from incidents.oncall.who import find
from incidents.room.one_line_field import OneLineField
from incidents.room.pages import page, seen_by, status_of

SHOWN = 6


class ReportForm(forms.Form):
    """What somebody saw."""

    title = OneLineField(label="What is wrong?", help_text="In one line, as you would say it on the phone.")
    description = forms.CharField(
        label="What do you see?",
        help_text="Since when, who is affected, what you tried. Leave it empty if you do not know.",
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
    )
    noticed_by = forms.ChoiceField(
        label="Who noticed first?",
        choices=[(NoticedBy.STAFF, "One of us"), (NoticedBy.CUSTOMER, "A customer told us")],
        widget=forms.RadioSelect,
        initial=NoticedBy.STAFF,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.REPORT_PROBLEM)
def report(request: HttpRequest) -> HttpResponseBase:
    """The form; POST makes the report an alert and pages the people on call."""
    by, now = actor_of(request), clock.now()
    posted = request.POST if request.method == "POST" else None
    form = ReportForm(posted, label_suffix="")
    refusal: Refusal | None = None
    if posted is not None and form.is_valid():
        try:
            alert = report_problem(by=by, now=now, **form.cleaned_data)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, "Reported. The people on call are being told now.")
            target = reverse("admin:qualify", args=[alert.pk]) if may(by, Act.VIEW_INCIDENTS) else "admin:index"
            return redirect(target)
    context = {"form": form, "refusal": refusal, "told": _told(now)}
    status = status_of(refusal, 200 if posted is None else 422)
    return page(request, "admin/incidents/report.html", context, title="Report a problem", status=status)


def _told(now: datetime) -> list[str]:
    """Who is told first, by name and role."""
    roles = IncidentRole.objects.filter(paged_on_alert=True).order_by("slug")
    names = [
        f"{person} ({call.role})" for call in find(roles, now, Whom.PRIMARY) for person in call.people if call.people
    ]
    return [*names[:SHOWN], *([f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else [])]
