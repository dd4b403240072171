"""Paging policies: when whom is told of an alert that nobody answers, and what that means on the clock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crisisdesk.core import audit, clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin, actor_of
from incidents.models import ContactKind, Marked, PagingPolicy
from incidents.oncall.plans import PagingPlan, in_words, plan_by, standard
from incidents.policy_picture import line


class PagingForm(forms.ModelForm[PagingPolicy]):
    """A policy; the ways are boxes to tick."""

    channels = forms.MultipleChoiceField(
        label="By what first",
        choices=ContactKind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Ways that are used at once. None: each person's own order.",
    )

    class Meta:
        model = PagingPolicy
        fields = (
            "alerts",
            "is_active",
            "backup_minutes",
            "group_minutes",
            "again_minutes",
            "longest_pause_minutes",
            "channels",
        )


@admin.register(PagingPolicy)
class PagingPolicyAdmin(ConsoleAdmin[PagingPolicy]):
    """How long a page waits for an answer before others are told."""

    change_act = Act.MANAGE_SETTINGS
    form = PagingForm
    list_display = ("for_which", "backup", "group", "again", "first_by", "is_active")
    list_filter = ("is_active",)
    ordering = ("-is_active", "backup_minutes", "pk")
    readonly_fields = ("on_the_clock",)
    change_list_template = "admin/incidents/pagingpolicy/change_list.html"
    fieldsets = (
        (None, {"fields": ("alerts", "is_active")}),
        (
            "Nobody answers",
            {
                "fields": ("backup_minutes", "group_minutes", "again_minutes", "longest_pause_minutes", "channels"),
                "description": "Minutes from the first page. Where nobody is on call, the next are told at once.",
            },
        ),
        ("On the clock, as saved", {"fields": ("on_the_clock",), "classes": ("wide-picture",)}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With what holds for the alerts that no policy names."""
        is_said = PagingPolicy.objects.filter(alerts=Marked.OTHER, is_active=True).exists()
        otherwise = None if is_said else _drawn(standard())
        return super().changelist_view(request, {"otherwise": otherwise, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: PagingPolicy, form: Any, change: bool) -> None:
        """Into the audit trail: who is woken when is nobody's private matter."""
        super().save_model(request, obj, form, change)
        action = "oncall.paging_policy_changed" if change else "oncall.paging_policy_made"
        data = {"alerts": obj.alerts, "in_use": obj.is_active, "fields": form.changed_data}
        audit.record(action, by=actor_of(request), now=clock.now(), on=obj, data=data)

    @admin.display(description="for", ordering="alerts")
    def for_which(self, policy: PagingPolicy) -> str:
        """Which alerts."""
        return policy.get_alerts_display().capitalize()

    @admin.display(description="backup after", ordering="backup_minutes")
    def backup(self, policy: PagingPolicy) -> str:
        """Minutes."""
        return f"{policy.backup_minutes} min"

    @admin.display(description="group after", ordering="group_minutes")
    def group(self, policy: PagingPolicy) -> str:
        """Minutes."""
        return f"{policy.group_minutes} min"

    @admin.display(description="then again")
    def again(self, policy: PagingPolicy) -> str:
        """The first pause and the longest."""
        return f"after {policy.again_minutes} min, up to every {policy.longest_pause_minutes} min"

    @admin.display(description="by what first")
    def first_by(self, policy: PagingPolicy) -> str:
        """The ways that go before each person's order."""
        return ", ".join(str(ContactKind(kind).label) for kind in policy.channels) or "each person’s order"

    @admin.display(description="who is told")
    def on_the_clock(self, policy: PagingPolicy) -> SafeString:
        """The steps drawn and in words; of a new one, those of the values that it begins with."""
        return _drawn(plan_by(policy))


def _drawn(plan: PagingPlan) -> SafeString:
    moments = [0.0, plan.backup, plan.group, plan.group + plan.pause]
    context = {"steps": in_words(plan), "line": line(moments)}
    return render_to_string("admin/incidents/pagingpolicy/plan.html", context)
