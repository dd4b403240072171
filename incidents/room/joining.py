"""Merging an incident with another, and splitting one: a page each, one call, one sentence of answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import InvalidInput, Refusal
from incidents.knowing import known_to
from incidents.lifecycle import refuse_splitting
from incidents.locking import position_of
from incidents.merging import merge
from incidents.models import AffectedService, Alert, Incident, Promise, Severity, Update
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.one_line_field import OneLineField
from incidents.room.pages import page, seen_by, status_of
from incidents.room.reach import amount
from incidents.splitting import split

HERE, THERE = "here", "there"
CHOICES = 50


@dataclass(frozen=True, slots=True)
class Words:
    """What act.html says around the form."""

    title: str
    what_next: str
    button: str
    tone: str = "danger"


MERGE = Words(
    "Merge with another incident",
    "One of the two continues and the other leads to it. Whoever was told by either hears on from the one that "
    "continues, nobody hears twice, and nothing is sent by this. It can't be undone.",
    "Merge them",
)
SPLIT = Words(
    "Split the incident",
    "What you choose becomes an incident of its own. Whoever was told and uses it goes over, with the update that they "
    "were promised. Nothing is sent by this.",
    "Split it",
    "primary",
)


class MergeForm(forms.Form):
    """The other one, which of the two continues, and how one knows."""

    other = forms.ChoiceField(label="Which is the same?", widget=forms.RadioSelect)
    continues = forms.ChoiceField(label="Which one continues?", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="How do you know?",
        help_text="It stands in both timelines.",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, incident: Incident, by: Actor) -> None:
        super().__init__(data, label_suffix="", initial={"continues": THERE})
        known = Incident.objects.unresolved().filter(known_to(by), is_drill=incident.is_drill)
        rows = known.exclude(pk=incident.pk).order_by("-declared_at")[:CHOICES]
        self.others = {str(row.pk): row for row in rows}
        field, continues = self.fields["other"], self.fields["continues"]
        if isinstance(field, forms.ChoiceField):
            field.choices = _lines_of(self.others.values())
        if isinstance(continues, forms.ChoiceField):
            continues.choices = [
                (THERE, f"The other one; {incident.reference} leads to it"),
                (HERE, f"{incident.reference}; the other one leads here"),
            ]

    def clean_other(self) -> Incident:
        """The incident itself."""
        return self.others[self.cleaned_data["other"]]


class SplitForm(forms.Form):
    """What goes over, and how the new incident is called."""

    part = forms.ModelMultipleChoiceField(
        AffectedService.objects.none(), label="What goes over?", widget=forms.CheckboxSelectMultiple
    )
    title = OneLineField(label="Title of the new incident", help_text="The subject of its messages.", max_length=150)
    severity = forms.ChoiceField(choices=Severity)
    alerts = forms.ModelMultipleChoiceField(
        Alert.objects.none(),
        label="Which alerts go over?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label="How do you know that these are two?",
        help_text="It stands in both timelines.",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, incident: Incident) -> None:
        super().__init__(data, label_suffix="", initial={"severity": incident.severity})
        rows = incident.affected.filter(until=None).select_related("service", "region", "instance").order_by("id")
        for name, queryset in (("part", rows), ("alerts", incident.alerts.order_by("first_seen_at"))):
            field = self.fields[name]
            if isinstance(field, forms.ModelMultipleChoiceField):
                field.queryset = queryset
        if not incident.alerts.exists():
            del self.fields["alerts"]
        self.parts = len(rows)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_INCIDENTS)
def merge_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Which is the same, and which continues; POST merges them and opens the room of the continuing one."""
    by = actor_of(request)
    incident = the_incident(pk, by)
    form = MergeForm(request.POST if request.method == "POST" else None, incident, by)
    refusal: Refusal | None = None
    if form.is_bound and form.is_valid():
        other = form.cleaned_data["other"]
        merged, into = (other, incident) if form.cleaned_data["continues"] == HERE else (incident, other)
        try:
            merge(merged, into, reason=form.cleaned_data["reason"], by=by, now=clock.now())
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"{merged.reference} was merged into {into.reference}, which continues.")
            return redirect("admin:incidents_incident_change", into.pk)
    empty = "There is no other open incident it could be merged with." if not form.others and not refusal else ""
    return _asked(request, MERGE, form, incident, refusal, empty)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_INCIDENTS)
def split_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What goes over, and its new name; POST splits and opens the room of the new one."""
    by = actor_of(request)
    incident = the_incident(pk, by)
    form = SplitForm(request.POST if request.method == "POST" else None, incident)
    refusal: Refusal | None = None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        part = {row.pk for row in given.pop("part")}
        try:
            new = split(incident, part, by=by, now=clock.now(), **given)
        except InvalidInput as error:
            for name, text in error.errors.items():
                form.add_error(name or None, text)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"{new.reference} was split from {incident.reference}. This is its room.")
            return redirect("admin:incidents_incident_change", new.pk)
    empty = "" if form.is_bound else refuse_splitting(replace(position_of(incident), affected=form.parts))
    return _asked(request, SPLIT, form, incident, refusal, empty)


def _asked(
    request: HttpRequest, words: Words, form: forms.Form, incident: Incident, refusal: Refusal | None, empty: str = ""
) -> HttpResponseBase:
    context = {"act": words, "form": form, "incident": head_of(incident), "refusal": refusal, "empty": empty}
    status = status_of(refusal, 422 if form.is_bound else 200)
    return page(request, "admin/incidents/incident/act.html", context, title=words.title, status=status)


def _lines_of(incidents: Iterable[Incident]) -> list[tuple[str, str]]:
    """Each incident in a line: what it is, who was told, when they hear again."""
    rows = list(incidents)
    due = {row.incident_id: row.due_at for row in Promise.objects.open().filter(incident__in=rows)}
    last: dict[int, Update] = {}
    for update in Update.objects.filter(incident__in=rows).order_by("number").only("incident_id", "customers_count"):
        last[update.incident_id] = update
    found = []
    for row in rows:
        told = last.get(row.pk)
        parts = [row.severity, f"{amount(told.customers_count, 'customer')} told" if told else "nobody told yet"]
        if row.pk in due:
            parts.append(f"next update by {timezone.localtime(due[row.pk]):%H:%M %Z}")
        found.append((str(row.pk), f"\u2068{row}\u2069: {', '.join(parts)}"))
    return found
