"""Verbs of the room that ask for words: one small page each, one call, one sentence of answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.models import User
from crisisdesk.core.refusals import Refusal
from incidents import asking, changes, command, greenlight
from incidents.models import Incident, IncidentType, Severity
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.one_line_field import OneLineField
from incidents.room.pages import page, seen_by, status_of


def _text(label: str, help_text: str = "", *, rows: int = 3, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, widget=widget, required=required, max_length=10_000)


class NoteForm(forms.Form):
    """The green light."""

    note = _text("What was restored?", "Support tells customers from it.")


class ReasonForm(forms.Form):
    """A reason and nothing else."""

    reason = _text("Why?", "It is kept in the timeline.")


class RelapseForm(forms.Form):
    """A relapse."""

    reason = _text("What came back?", "It is kept in the timeline.")


class LongPathForm(forms.Form):
    """A known longer path."""

    reason = OneLineField(
        label="Why may updates be more than an hour apart?",
        help_text="Such as “the restore takes six hours”. Empty: they may not.",
        max_length=300,
        required=False,
    )


class SeverityForm(forms.Form):
    """Another severity."""

    severity = forms.ChoiceField(choices=Severity, widget=forms.RadioSelect)
    reason = _text("Why?", "It is kept in the timeline.", rows=2)


class FindingsForm(forms.Form):
    """What is known by now; Support writes to customers from it."""

    summary = _text("What is known", "For the people who work on it. Customers never see it.", required=False)
    likely_resolution = OneLineField(
        label="Likely resolution",
        help_text="In words for customers, such as “by 17:00 UTC”. Empty: they read “not yet known”.",
        max_length=200,
        required=False,
    )
    workaround = _text("Workaround for customers", rows=2, required=False)
    article_url = forms.URLField(
        label="Knowledge-base document",
        help_text="Begins with https://. It stands in every message and on the progress pages.",
        required=False,
        assume_scheme="https",
        widget=forms.URLInput,
    )


class HandOverForm(forms.Form):
    """A role and who takes it from now on."""

    role = forms.ChoiceField(choices=[(role, role.capitalize()) for role in command.COMMAND_ROLES])
    person = forms.ModelChoiceField(
        User.objects.none(),
        empty_label="– choose –",
        help_text="Commanders are from Operations, liaisons from Support, scribes from either.",
    )
    note = _text("What should they know?", "It stands in the timeline, and they are told.", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = {group for allowed in command.COMMAND_ROLES.values() for group in allowed}
        people = User.objects.filter(is_active=True, groups__name__in=groups).distinct()
        person: Any = self.fields["person"]
        person.queryset = people.order_by("first_name", "last_name", "username")


class ReleaseForm(forms.Form):
    """A role that is put down without a successor."""

    role = forms.ChoiceField(choices=[(role, role.capitalize()) for role in command.COMMAND_ROLES])
    note = _text("What should the next one know?", "It stands in the timeline.", required=False)


class TypeForm(forms.Form):
    """Another type."""

    incident_type = forms.ModelChoiceField(IncidentType.objects.filter(is_active=True), label="Type", empty_label=None)
    reason = _text("Why?", "It is kept in the timeline.", rows=2)


class AskForm(forms.Form):
    """What is needed from executives, and by when."""

    text = _text("What do you need?", "People, money, a decision, a call to a provider; and what it is for.")
    minutes = forms.TypedChoiceField(
        label="By when do you need an answer?",
        choices=[(minutes, f"in {minutes} minutes") for minutes in asking.MINUTES],
        coerce=int,
        initial=asking.MINUTES[1],
    )


@dataclass(frozen=True, slots=True)
class WordyAct:
    """One verb: its page and its call. `run` raises Refusal."""

    title: str
    what_next: str
    button: str
    form: type[forms.Form]
    run: Callable[[Incident, dict[str, Any], Actor, datetime], Incident]
    told: str
    tone: str = "primary"


ACTS = {
    "green-light": WordyAct(
        "Give the green light",
        "You say that the outage is over. Support can then send the final message; nothing is sent by this.",
        "Give the green light",
        NoteForm,
        lambda incident, given, by, now: greenlight.give_green_light(incident, by=by, now=now, **given),
        "has its green light. Support can send the final message.",
        "go",
    ),
    "withdraw": WordyAct(
        "Withdraw the green light",
        "The final message can no longer leave until you give the green light again.",
        "Withdraw it",
        ReasonForm,
        lambda incident, given, by, now: greenlight.withdraw_green_light(incident, by=by, now=now, **given),
        "has no green light any more.",
        "danger",
    ),
    "severity": WordyAct(
        "Change the severity",
        "The promise policy of the new severity holds from the next promise on.",
        "Change the severity",
        SeverityForm,
        lambda incident, given, by, now: changes.set_severity(incident, by=by, now=now, **given),
        "has the new severity.",
    ),
    "findings": WordyAct(
        "Record findings",
        "They stand in the room at once, and the next message is prefilled from them. Nothing is sent by this.",
        "Record",
        FindingsForm,
        lambda incident, given, by, now: changes.record_findings(incident, by=by, now=now, **given),
        "has the findings on record.",
    ),
    "long-path": WordyAct(
        "Known longer path",
        "Updates may then be promised more than an hour ahead.",
        "Record",
        LongPathForm,
        lambda incident, given, by, now: changes.allow_long_path(incident, given["reason"], by=by, now=now),
        "has it on record.",
    ),
    "hand-over": WordyAct(
        "Hand over a role",
        "Who takes over is told at once, with your note.",
        "Hand it over",
        HandOverForm,
        lambda incident, given, by, now: command.take_role(incident, by=by, now=now, **given),
        "has its role handed over.",
    ),
    "release": WordyAct(
        "Release a role",
        "It becomes a task in the room and the command centre; if nobody takes it, the people on call are told.",
        "Release it",
        ReleaseForm,
        lambda incident, given, by, now: command.release_role(incident, by=by, now=now, **given),
        "has a role to be taken.",
    ),
    "type": WordyAct(
        "Change the type",
        "Checklist, templates and channels follow at once, the promise policy from the next promise on. What was "
        "ticked stays ticked.",
        "Change the type",
        TypeForm,
        lambda incident, given, by, now: changes.set_type(incident, by=by, now=now, **given),
        "has the new type.",
    ),
    "ask": WordyAct(
        "Ask executives",
        "The executive sponsor on call is told at once, the backup at half time, all executives at the end.",
        "Ask",
        AskForm,
        lambda incident, given, by, now: asking.ask_executives(incident, by=by, now=now, **given).incident,
        "has asked its executives.",
    ),
    "reopen": WordyAct(
        "Reopen the incident",
        "The same incident goes on, without a green light. Support then writes to everybody who was alerted before.",
        "Reopen",
        RelapseForm,
        lambda incident, given, by, now: changes.reopen(incident, by=by, now=now, **given),
        "is open again.",
        "danger",
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_INCIDENTS)
def room_act(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """Show the verb's form; POST calls it. A refusal keeps everything typed."""
    act = ACTS.get(name)
    if act is None:
        raise Http404
    incident = the_incident(pk, actor_of(request))
    posted = request.POST if request.method == "POST" else None
    form = act.form(posted, initial={**_initial(incident), **_asked(request)}, label_suffix="")
    refusal: Refusal | None = None
    if posted is not None and form.is_valid():
        try:
            act.run(incident, form.cleaned_data, actor_of(request), clock.now())
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"{incident.reference} {act.told}")
            return redirect(reverse("admin:incidents_incident_change", args=[incident.pk]))
    context = {"act": act, "form": form, "incident": head_of(incident), "refusal": refusal}
    status = status_of(refusal, 200 if posted is None else 422)
    return page(request, "admin/incidents/incident/act.html", context, title=act.title, status=status)


def _initial(incident: Incident) -> dict[str, Any]:
    names = ("severity", "summary", "likely_resolution", "workaround", "article_url", "incident_type")
    return {**{name: getattr(incident, name) for name in names}, "reason": ""}


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the link to the page has chosen already: a role, and who takes it."""
    return {name: request.GET[name] for name in ("role", "person") if name in request.GET}
