"""On-call: roles and shifts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin, OnlyChosen
from incidents.models import IncidentRole, Shift


@admin.register(IncidentRole)
class IncidentRoleAdmin(ConsoleAdmin[IncidentRole]):
    """Who does what in an incident, with the written responsibilities."""

    change_act = Act.MANAGE_SETTINGS
    list_display = ("name", "group", "paged_on_alert", "quiet")
    list_filter = ("group", "paged_on_alert", "quiet")
    search_fields = ("name", "responsibilities")

    def get_readonly_fields(self, request: HttpRequest, obj: IncidentRole | None = None) -> tuple[str, ...]:
        """Policies and paging find a role by its slug, so that stays."""
        return ("slug",) if obj else ()


class ShiftForm(forms.ModelForm[Shift]):
    """A shift for somebody who may do the role's work."""

    class Meta:
        model = Shift
        fields = ("role", "person", "rank", "starts_at", "ends_at")

    def clean(self) -> dict[str, Any]:
        """The person is active and in the role's group."""
        cleaned: dict[str, Any] = super().clean() or {}
        role, person = cleaned.get("role"), cleaned.get("person")
        if person is not None and not person.is_active:
            self.add_error("person", f"{person} is not active and can't be on call.")
        elif role and person and not person.groups.filter(name=role.group).exists():
            self.add_error("person", f"{person} is not in {role.group}, which {role} takes.")
        return cleaned


class WhenFilter(admin.SimpleListFilter):
    """Now, later or over."""

    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The three choices."""
        return [("now", "on call now"), ("later", "later"), ("over", "over")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """By the database's clock."""
        now = clock.now()
        if self.value() == "now":
            return queryset.current(now)
        if self.value() == "later":
            return queryset.filter(starts_at__gt=now)
        return queryset.filter(ends_at__lte=now) if self.value() == "over" else queryset


@admin.register(Shift)
class ShiftAdmin(OnlyChosen, ConsoleAdmin[Shift]):
    """Who is on call for which role, from when to when."""

    change_act = Act.MANAGE_SETTINGS
    form = ShiftForm
    teaches = "Single shifts. Whoever is on call by the week stands in weekly windows, or comes from a calendar feed."
    list_display = ("role", "person", "rank", "starts_at", "ends_at")
    list_filter = (WhenFilter, "role", "rank")
    list_select_related = ("role", "person")
    search_fields = ("person__first_name", "person__last_name", "role__name")
    ordering = ("-ends_at", "role__name")
