"""Incident types: what is at hand when a crisis of a known kind comes, with its checklist and templates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crisisdesk.core.access import Act
from crisisdesk.core.choices import read_once
from crisisdesk.core.console import ConsoleAdmin, InlineAccess, OnlyChosen
from incidents.models import ChecklistItem, IncidentType, Severity, Template


class TypeForm(forms.ModelForm[IncidentType]):
    """A type that can do what it promises."""

    class Meta:
        model = IncidentType
        fields = ()  # the fieldsets of the admin name them
        widgets = {"told_roles": forms.CheckboxSelectMultiple, "description": forms.Textarea(attrs={"rows": 2})}

    def clean_next_update_minutes(self) -> int:
        """What compose suggests must be allowed: hourly at most, a minute at least (Step 4)."""
        minutes: int = self.cleaned_data["next_update_minutes"]
        if not 1 <= minutes <= 60:
            raise forms.ValidationError(
                "Customers hear at least every 60 minutes. For one incident, Operations can record a known longer path."
            )
        return minutes


class ChecklistInline(InlineAccess, OnlyChosen, admin.TabularInline[ChecklistItem, IncidentType]):
    """The points by phase; one that was ticked somewhere is switched off rather than removed."""

    model = ChecklistItem
    template = "admin/customers/tabular.html"
    fields = ("phase", "position", "text", "role", "link", "is_active")
    extra = 2
    removable = True
    verbose_name = "point"
    verbose_name_plural = "checklist"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ChecklistItem]:
        """In the order of the phases, then as numbered."""
        at = {phase: place for place, phase in enumerate(ChecklistItem._meta.get_field("phase").choices or ())}
        whens = [models.When(phase=value, then=place) for (value, _), place in at.items()]
        order = models.Case(*whens, default=99, output_field=models.IntegerField())
        return super().get_queryset(request).select_related("role").order_by(order, "position", "pk")

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """The roles are read once, however many points there are."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            field.empty_label = "anybody"  # before the choices are read
            read_once([field])
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The words get the room."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("text", "link") and field is not None:
            if db_field.name == "text":
                field.widget = forms.Textarea(attrs={"rows": 2})
            field.widget.attrs["class"] = f"points__{db_field.name}"
        return field


@admin.register(IncidentType)
class IncidentTypeAdmin(OnlyChosen, ConsoleAdmin[IncidentType]):
    """Kinds of crisis, prepared beforehand."""

    change_act = Act.MANAGE_SETTINGS
    form = TypeForm
    list_display = ("name", "default_severity", "lead_role", "points", "sms_from", "policy", "holding", "is_active")
    list_filter = ("default_severity", "is_active", "holding_allowed")
    list_select_related = ("lead_role", "policy")
    search_fields = ("name", "description")
    inlines = (ChecklistInline,)
    readonly_fields = ("templates", "by_severity")
    fieldsets = (
        (None, {"fields": ("name", "description", ("default_severity", "is_active"))}),
        (
            "Who",
            {
                "fields": ("lead_role", "told_roles", "bridge_url"),
                "description": "Told at the declaration, with the link to where people meet.",
            },
        ),
        (
            "Customers",
            {
                "fields": (("next_update_minutes", "sms_from"), "by_severity", "templates"),
                "description": "What they hear of, how, and with which words.",
            },
        ),
        (
            "The promise",
            {
                "fields": ("policy", "holding_allowed", ("holding_most_in_a_row", "holding_lead_seconds")),
                "description": "Without a policy of its own, that of the severity holds.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[IncidentType]:
        """With the number of points."""
        return super().get_queryset(request).annotate(points=Count("items", filter=Q(items__is_active=True)))

    @admin.display(description="points", ordering="points")
    def points(self, kind: IncidentType) -> int:
        """On its checklist."""
        return kind.points  # type: ignore[attr-defined, no-any-return]  # annotated by get_queryset

    @admin.display(description="holding messages", ordering="holding_allowed")
    def holding(self, kind: IncidentType) -> str:
        """Whether they go out by themselves."""
        return f"at most {kind.holding_most_in_a_row}" if kind.holding_allowed else "by hand"

    @admin.display(description="channels")
    def by_severity(self, kind: IncidentType) -> SafeString | str:
        """The channels at each severity, as saved."""
        rows = [(severity.value, kind.sends_sms_at(severity)) for severity in Severity]
        return render_to_string("admin/incidents/incidenttype/channels.html", {"rows": rows})

    @admin.display(description="templates")
    def templates(self, kind: IncidentType) -> SafeString | str:
        """Templates of this type; those for every type serve as well."""
        if kind.pk is None:
            return "They come with the first save; until then those for every type serve."
        rows = Template.objects.filter(incident_type=kind, is_active=True).order_by("kind", "name")
        return render_to_string("admin/incidents/incidenttype/templates.html", {"rows": rows})
