"""People and their groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group as AuthGroup
from django.db.models import ManyToManyField, Model
from django.forms import BaseForm, CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest

from crisisdesk.core import clock, people
from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.models import User

if admin.site.is_registered(AuthGroup):
    admin.site.unregister(AuthGroup)


@admin.register(User)
class PersonAdmin(ConsoleAdmin[User], UserAdmin):  # type: ignore[type-arg]
    """Names, ways to reach them, and groups. Permissions come from groups alone, so no others are offered."""

    view_act = Act.VIEW_PEOPLE
    change_act = Act.MANAGE_PEOPLE
    list_display = ("username", "first_name", "last_name", "email", "group_names", "is_active")
    list_filter = ("groups", "is_active")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "job_title", "email", "phone", "time_zone")}),
        ("Access", {"fields": ("is_active", "is_staff", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        ("Person", {"fields": ("username", "first_name", "last_name", "email")}),
        ("Password", {"fields": ("usable_password", "password1", "password2")}),
        ("Access", {"fields": ("is_staff", "groups")}),
    )
    readonly_fields = ("last_login", "date_joined")

    @admin.display(description="groups")
    def group_names(self, user: User) -> str:
        """The groups held."""
        return ", ".join(group.name for group in user.groups.all())

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        """A box for each group: they are few."""
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the groups, in one query more."""
        return super().get_queryset(request).prefetch_related("groups")

    def save_model(self, request: HttpRequest, obj: User, form: BaseForm, change: bool) -> None:
        """Save through the verb."""
        people.save_person(obj, by=actor_of(request), now=clock.now())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Set the groups through the verb."""
        people.set_groups(form.instance, form.cleaned_data["groups"], by=actor_of(request), now=clock.now())

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The audit trail takes its place."""
