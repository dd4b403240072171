"""Weekly windows: hours of the week, and the people who take turns in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from crisisdesk.core import audit, clock
from crisisdesk.core.access import Act
from crisisdesk.core.choices import read_once
from crisisdesk.core.console import ConsoleAdmin, InlineAccess, OnlyChosen, actor_of
from crisisdesk.core.models import User
from crisisdesk.core.zones import known_zones
from incidents.models import WeeklyWindow, WindowMember
from incidents.models.schedule import WEEKDAYS


class Weekdays(forms.MultipleChoiceField):
    """Days of the week as boxes to tick; their digits as the row keeps them."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[(str(number), name) for number, name in WEEKDAYS], **options)

    def prepare_value(self, value: Any) -> Any:
        """The row's digits as a list."""
        return list(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        """The list as digits."""
        return "".join(sorted(super().clean(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other days are ticked."""
        return sorted(initial or "") != sorted(data or [])


class WindowForm(forms.ModelForm[WeeklyWindow]):
    """A window; its time zone is chosen from those this machine knows."""

    weekdays = Weekdays(
        label="On",
        initial="1234567",
        error_messages={"required": "Choose at least one day of the week."},
        help_text="The days on which it begins. A night belongs to the day it begins on.",
    )
    time_zone = forms.ChoiceField(choices=lambda: [(name, name) for name in sorted(known_zones())])

    class Meta:
        model = WeeklyWindow
        fields = (
            "name",
            "role",
            "rank",
            "time_zone",
            "weekdays",
            "starts",
            "ends",
            "valid_from",
            "valid_until",
            "handover_day",
            "handover_at",
            "weeks",
            "is_active",
        )


class MemberFormSet(forms.BaseInlineFormSet[WindowMember, WeeklyWindow, forms.ModelForm[WindowMember]]):
    """The people of a window: at least one, each able to do the role's work."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An empty row offers the next turn.
        there = self.initial_form_count()
        self.initial_extra = [{"position": there + number} for number in range(1, self.extra + 1)]

    def clean(self) -> None:
        """Everybody is in the role's group; somebody is there at all while the window is in use."""
        super().clean()
        people = [
            form.cleaned_data["person"]
            for form in self.forms
            if form.cleaned_data.get("person") and not form.cleaned_data.get("DELETE")
        ]
        if not people and self.instance.is_active:
            raise forms.ValidationError("Add at least one person, or take the window out of use.")
        if not self.instance.role_id:
            return
        group = self.instance.role.group
        ids = [person.pk for person in people]
        fit = set(User.objects.filter(pk__in=ids, is_active=True, groups__name=group).values_list("pk", flat=True))
        wrong = [str(person) for person in people if person.pk not in fit]
        if wrong:
            role = self.instance.role
            raise forms.ValidationError(f"{', '.join(wrong)}: not active or not in {group}, which {role} takes.")


class MemberInline(InlineAccess, OnlyChosen, admin.TabularInline[WindowMember, WeeklyWindow]):
    """Who takes turns, in which order; settings, so they may be removed (their history stays)."""

    model = WindowMember
    template = "admin/customers/tabular.html"
    formset = MemberFormSet
    fields = ("position", "person")
    extra = 2
    removable = True
    verbose_name_plural = "who takes turns"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[WindowMember]:
        """With the person, whom a row's name shows."""
        return super().get_queryset(request).select_related("person")

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """The people are read once, however many turns there are."""
        if db_field.name == "person":
            kwargs["queryset"] = User.objects.filter(is_active=True).order_by("first_name", "last_name")
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            read_once([field])
        return field


@admin.register(WeeklyWindow)
class WeeklyWindowAdmin(OnlyChosen, ConsoleAdmin[WeeklyWindow]):
    """Hours of the week in which people take turns."""

    change_act = Act.MANAGE_SETTINGS
    form = WindowForm
    # Times on the wall of the window's own zone: Django's pickers would compare them with the server's.
    formfield_overrides = {
        models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")},
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    }
    inlines = (MemberInline,)
    teaches = "Who is on call for a role by the week, such as Monday to Friday by day."
    list_display = ("name", "role", "rank", "days", "hours", "time_zone", "is_active")
    list_filter = ("role", "rank", "is_active")
    list_select_related = ("role",)
    search_fields = ("name", "role__name", "members__person__first_name", "members__person__last_name")
    fieldsets = (
        (None, {"fields": ("name", ("role", "rank"), "is_active")}),
        ("When", {"fields": ("time_zone", "weekdays", ("starts", "ends"), ("valid_from", "valid_until"))}),
        ("Turns", {"fields": (("handover_day", "handover_at", "weeks"),)}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new window begins today, in the zone of whoever makes it."""
        zone = request.user.time_zone if isinstance(request.user, User) else "UTC"
        return {"time_zone": zone, "valid_from": clock.now().date(), **super().get_changeform_initial_data(request)}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """With its people, into the audit trail."""
        super().save_related(request, form, formsets, change)
        window: WeeklyWindow = form.instance
        audit.record(
            "oncall.window_changed" if change else "oncall.window_made",
            by=actor_of(request),
            now=clock.now(),
            on=window,
            data={
                "role": window.role.slug,
                "fields": form.changed_data,
                "people": list(window.members.values_list("person_id", flat=True)),
            },
        )

    @admin.display(description="on")
    def days(self, window: WeeklyWindow) -> str:
        """ "Mon Tue", or every day."""
        if len(window.weekdays) == 7:
            return "every day"
        return " ".join(name[:3] for number, name in WEEKDAYS if str(number) in window.weekdays)

    @admin.display(description="hours")
    def hours(self, window: WeeklyWindow) -> str:
        """ "22:00–06:00", or around the clock."""
        if window.starts == window.ends:
            return f"24 hours from {window.starts:%H:%M}"
        return f"{window.starts:%H:%M}–{window.ends:%H:%M}"
