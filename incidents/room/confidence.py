"""Who may know of an incident: made confidential, people and roles let in and out again, each with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, Group
from crisisdesk.core.console import actor_of
from crisisdesk.core.models import User
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import InvalidInput, Refusal
from incidents import confidential
from incidents.models import Clearance, Incident
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.one_line_field import OneLineField
from incidents.room.pages import page, seen_by, status_of
from incidents.room.verbs import reason_against

TEMPLATE = "admin/incidents/incident/confidence.html"


class ReasonForm(forms.Form):
    """Why, in a line."""

    reason = OneLineField(label="Why?", help_text="It is kept in the timeline.", max_length=300)


class GrantForm(forms.Form):
    """A person or a role, and why."""

    person = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="– a role, chosen below –")
    group = forms.ChoiceField(label="Role", required=False)
    reason = OneLineField(label="Why do they need to know?", help_text="It is kept in the timeline.", max_length=300)

    def __init__(self, data: Any) -> None:
        super().__init__(data, label_suffix="", prefix="grant")
        person, group = self.fields["person"], self.fields["group"]
        if isinstance(person, forms.ModelChoiceField):
            active = User.objects.filter(is_active=True, groups__isnull=False).distinct()
            person.queryset = active.order_by("first_name", "last_name", "username")
        if isinstance(group, forms.ChoiceField):
            group.choices = [("", "– the person above –"), *((one.value, one.value) for one in Group)]


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_INCIDENTS)
def confidence(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who may know; POST names what is done by `verb`: make, end, grant or revoke. A refusal keeps what was typed."""
    by = actor_of(request)
    incident = the_incident(pk, by)
    verb = request.POST.get("verb", "") if request.method == "POST" else ""
    plain = ReasonForm(request.POST if verb in ("make", "end") else None, label_suffix="")
    given = GrantForm(request.POST if verb == "grant" else None)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            if said := _done(request, incident, verb, plain, given):
                messages.success(request, said)
                return redirect("admin:room_confidential", incident.pk)
        except InvalidInput as error:
            if verb == "grant":
                for name, text in error.errors.items():
                    given.add_error(name if name in given.fields else None, text)
            else:
                refusal = error
        except Refusal as error:
            refusal = error
    context = {
        "incident": head_of(incident),
        "is_confidential": incident.is_confidential,
        "since": incident.confidential_at,
        "leads": _leads(incident),
        "standing": incident.clearances.standing().select_related("person").order_by("granted_at", "pk"),
        "past": incident.clearances.exclude(revoked_at=None).select_related("person").order_by("-revoked_at", "-pk"),
        "form": plain,
        "grant_form": given,
        "refusal": refusal,
        "reason_against": reason_against(Act.CHANGE_INCIDENT, "", by),
    }
    status = status_of(refusal, 422 if verb else 200)
    return page(request, TEMPLATE, context, title="Who may know", status=status)


def _done(request: HttpRequest, incident: Incident, verb: str, plain: ReasonForm, given: GrantForm) -> str:
    """Do it, and say so; "" when a form is not valid. Raises Refusal, Http404."""
    by, now = actor_of(request), clock.now()
    if verb == "revoke":
        rows = Clearance.objects.select_related("incident", "person")
        row = get_object_or_404(rows, pk=whole_number(request.POST.get("clearance", "")) or 0, incident=incident)
        confidential.revoke(row, reason=request.POST.get("reason", ""), by=by, now=now)
        return f"{row.whom} may no longer know of it."
    if verb == "grant":
        if not given.is_valid():
            return ""
        return f"{confidential.grant(incident, by=by, now=now, **given.cleaned_data).whom} may know of it now."
    run: Callable[..., Incident] | None = {
        "make": confidential.make_confidential,
        "end": confidential.end_confidence,
    }.get(verb)
    if run is None:
        raise Http404
    if not plain.is_valid():
        return ""
    run(incident, reason=plain.cleaned_data["reason"], by=by, now=now)
    return "Only those named may know of it now." if verb == "make" else "Everybody may know of it again."


def _leads(incident: Incident) -> list[str]:
    """Those who know because they lead it."""
    named = (("commander", incident.commander), ("liaison", incident.liaison), ("scribe", incident.scribe))
    return [f"{person}, {role}" for role, person in named if person is not None]
