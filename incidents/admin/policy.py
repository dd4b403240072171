"""Promise policies: their steps, drawn against the clock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crisisdesk.core.access import Act, may
from crisisdesk.core.choices import read_once
from crisisdesk.core.console import ConsoleAdmin, actor_of
from incidents.models import PolicyStep, PromisePolicy
from incidents.policy_picture import Told, picture


class PolicyForm(forms.ModelForm[PromisePolicy]):
    """A policy whose limits make sense."""

    class Meta:
        model = PromisePolicy
        fields = ("name", "severity", "longest_gap_minutes", "shortest_gap_minutes")

    def clean_longest_gap_minutes(self) -> int:
        """At least hourly is the process; longer gaps take a known longer path, incident by incident (Step 4)."""
        minutes: int = self.cleaned_data["longest_gap_minutes"]
        if not 1 <= minutes <= 60:
            raise forms.ValidationError(
                "Customers hear at least every 60 minutes. For one incident, Operations can record a known longer path."
            )
        return minutes

    def clean(self) -> dict[str, Any]:
        """The shortest gap is shorter than the longest."""
        cleaned: dict[str, Any] = super().clean() or {}
        shortest, longest = cleaned.get("shortest_gap_minutes"), cleaned.get("longest_gap_minutes")
        if shortest is not None and longest is not None and shortest >= longest:
            self.add_error(
                "shortest_gap_minutes", f"Must be below the longest gap of {longest} minutes, or every promise asks."
            )
        return cleaned


class PolicyStepInline(admin.TabularInline[PolicyStep, PromisePolicy]):
    """The steps of a policy; settings, so they may be removed (their history stays)."""

    model = PolicyStep
    fields = ("offset_seconds", "action", "role", "whom", "words")
    extra = 0

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

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Read from the access table."""
        return may(actor_of(request), Act.VIEW_SETTINGS)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Read from the access table."""
        return may(actor_of(request), Act.MANAGE_SETTINGS)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """As change."""
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """As change."""
        return self.has_change_permission(request)


@admin.register(PromisePolicy)
class PromisePolicyAdmin(ConsoleAdmin[PromisePolicy]):
    """What the desk does before and after a promised time."""

    change_act = Act.MANAGE_SETTINGS
    form = PolicyForm
    list_display = ("name", "severity", "longest_gap_minutes", "shortest_gap_minutes")
    inlines = (PolicyStepInline,)
    readonly_fields = ("against_the_clock",)
    fieldsets = (
        (None, {"fields": ("name", "severity", ("longest_gap_minutes", "shortest_gap_minutes"))}),
        ("Against the clock, as saved", {"fields": ("against_the_clock",)}),
    )

    @admin.display(description="steps")
    def against_the_clock(self, policy: PromisePolicy) -> SafeString | str:
        """The steps drawn, with what is odd about them."""
        if policy.pk is None:
            return "The picture comes with the first save."
        steps = [
            Told(step.offset_seconds, step.action, f"{step.role}, {step.get_whom_display()}", step.words)
            for step in policy.steps.select_related("role")
        ]
        kinds = [f"“{kind}”" for kind in policy.incidenttype_set.order_by("name")]
        severity = [f"incidents of {policy.severity}"] if policy.severity else []
        default = [] if policy.severity or kinds else ["every incident that no other policy fits"]
        context = {
            "picture": picture(steps, policy.longest_gap_minutes),
            "used_by": [*severity, *kinds, *default],
        }
        return render_to_string("admin/incidents/promisepolicy/picture.html", context)
