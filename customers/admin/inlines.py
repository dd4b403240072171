"""Rows edited on the page of the row they belong to; allowed by the access table, like every page."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from crisisdesk.core.access import Act, may
from crisisdesk.core.console import actor_of
from customers.models import Contact, Customer, Instance, Service, ServiceDependency, Subscription

Child = TypeVar("Child", bound=Model)
Parent = TypeVar("Parent", bound=Model)


class ConsoleInline(admin.TabularInline[Child, Parent]):
    """`view_act` and `change_act` as on a page; `removable` for rows whose end is a change, kept in their history."""

    view_act: Act = Act.VIEW_CUSTOMERS
    change_act: Act = Act.EDIT_CUSTOMERS
    removable = False
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Read from the access table."""
        return may(actor_of(request), self.view_act)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Read from the access table."""
        return may(actor_of(request), self.change_act)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As change."""
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only rows that say what is true now, such as what a customer uses."""
        return self.removable and self.has_change_permission(request, obj)


class ContactInline(ConsoleInline[Contact, Customer]):
    """The people of a customer."""

    model = Contact
    fields = ("name", "email", "phone", "language", "time_zone", "wants_email", "wants_sms", "preference", "is_active")
    show_change_link = True


class SubscriptionInline(ConsoleInline[Subscription, Customer]):
    """What a customer uses."""

    model = Subscription
    verbose_name_plural = "uses"
    autocomplete_fields = ("service", "region", "instance")
    removable = True


class DependencyInline(ConsoleInline[ServiceDependency, Service]):
    """What a service stands on."""

    model = ServiceDependency
    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    fk_name = "service"
    verbose_name_plural = "depends on"
    autocomplete_fields = ("depends_on",)
    removable = True


class InstanceInline(ConsoleInline[Instance, Service]):
    """Where a service runs."""

    model = Instance
    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    autocomplete_fields = ("region",)
