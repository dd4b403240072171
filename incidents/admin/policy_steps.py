"""The steps of a policy on its form, and the same steps drawn against the clock, saved or as they are being written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crisisdesk.core.choices import read_once
from crisisdesk.core.console import InlineAccess, OnlyChosen
from incidents.models import ContactKind, PolicyStep, PromisePolicy, StepAction, Whom
from incidents.models.policy import LONGEST_GAP_MINUTES
from incidents.policy_picture import Told, picture, read_when, when


class MomentField(forms.CharField):
    """Seconds from the due time, written as people say them: "10 min before"."""

    def prepare_value(self, value: Any) -> Any:
        """A number in words; what was typed stays as it was typed."""
        return when(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """The seconds, negative before the due time."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return read_when(text[:60])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def validate(self, value: Any) -> None:
        """At the due time itself is 0, which is not empty."""
        if value is None:
            super().validate("")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another moment is meant, however it is worded."""
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class StepForm(forms.ModelForm[PolicyStep]):
    """One step: when, what, whom, by what, with which words."""

    offset_seconds = MomentField(
        label="When", widget=forms.TextInput(attrs={"size": 16, "maxlength": 60, "placeholder": "10 min before"})
    )
    channels = forms.MultipleChoiceField(
        label="By what first", choices=ContactKind, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = PolicyStep
        fields = ("offset_seconds", "action", "role", "whom", "channels", "words")
        widgets = {"words": forms.Textarea(attrs={"rows": 3})}

    def clean_words(self) -> str:
        """One line, however it was typed."""
        return " ".join(str(self.cleaned_data["words"]).split())


class PolicyStepInline(InlineAccess, OnlyChosen, admin.TabularInline[PolicyStep, PromisePolicy]):
    """The steps of a policy; settings, so they may be removed (their history stays)."""

    model = PolicyStep
    template = "admin/customers/tabular.html"
    form = StepForm
    fields = ("offset_seconds", "action", "role", "whom", "channels", "words")
    extra = 0
    removable = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[PolicyStep]:
        """With the role, which a row's name shows."""
        return super().get_queryset(request).select_related("role")

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """The roles are read once, however many steps there are."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            read_once([field])
        return field


def saved_steps(policy: PromisePolicy) -> list[Told]:
    """The steps of a policy as they are in the database."""
    return [
        _told(step.offset_seconds, step.action, step.role, step.whom, step.channels, step.words)
        for step in policy.steps.select_related("role")
    ]


def written_steps(formset: BaseInlineFormSet[Any, Any, Any]) -> tuple[list[Told], int]:
    """The steps as somebody is writing them, and how many rows are not readable yet."""
    formset.is_valid()
    told, unreadable = [], 0
    for form in formset.forms:
        row: Mapping[str, Any] = getattr(form, "cleaned_data", {})
        if row.get("DELETE") or (not form.has_changed() and not form.instance.pk):
            continue
        if row.get("role") is None or row.get("offset_seconds") is None or not row.get("action"):
            unreadable += 1
            continue
        told.append(
            _told(
                row["offset_seconds"],
                row["action"],
                row["role"],
                row.get("whom", ""),
                row.get("channels", ()),
                row.get("words", ""),
            )
        )
    return told, unreadable


def drawn(
    steps: list[Told],
    longest_gap_minutes: int | None,
    used_by: Iterable[str],
    *,
    unsaved: bool = False,
    unreadable: int = 0,
) -> SafeString:
    """The picture as HTML."""
    context = {
        "picture": picture(steps, longest_gap_minutes or LONGEST_GAP_MINUTES),
        "used_by": list(used_by),
        "unsaved": unsaved,
        "unreadable": unreadable,
    }
    return render_to_string("admin/incidents/promisepolicy/picture.html", context)


def _told(seconds: int, action: str, role: object, whom: str, channels: Iterable[str], words: str) -> Told:
    by = [str(ContactKind(kind).label) for kind in channels if kind in ContactKind.values]
    who = f"{role}, {Whom(whom).label}" if whom in Whom.values else str(role)
    return Told(seconds, StepAction(action).value, who, words, by)
