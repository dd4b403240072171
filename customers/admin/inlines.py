"""Rows edited on the page of the row they belong to; allowed by the access table, like every page."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, Model, QuerySet
from django.db.models.functions import Length
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from crisisdesk.core.access import Act
from crisisdesk.core.console import InlineAccess, OnlyChosen
from customers.models import Contact, Customer, Instance, Service, ServiceDependency, Subscription

# So many contacts are edited on the customer's page.
FORMS = 20

Child = TypeVar("Child", bound=Model)
Parent = TypeVar("Parent", bound=Model)


class ConsoleInline(OnlyChosen, InlineAccess, admin.TabularInline[Child, Parent]):
    """A table of rows whose choices are read once."""

    view_act: Act = Act.VIEW_CUSTOMERS
    change_act: Act = Act.EDIT_CUSTOMERS
    extra = 0
    template = "admin/customers/tabular.html"

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """A plain list, read once for all rows. Django's search field writes inline styles, which the CSP refuses."""
        if db_field.related_model is Instance:
            kwargs.setdefault("queryset", Instance.objects.select_related("service", "region"))
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.related_model is not self.parent_model:
            field.choices = _read_once(request, field)
        return field


def _read_once(request: HttpRequest, field: forms.ModelChoiceField[Any]) -> list[Any]:
    """The choices of a field; a formset is made several times per request, and read from the database once."""
    known: dict[Any, list[Any]] = request.__dict__.setdefault("_choices", {})
    key = field.queryset.model if field.queryset is not None else None, field.empty_label
    if key not in known:
        known[key] = list(iter(field.choices))  # type: ignore[arg-type]
    return known[key]


class FirstContacts(BaseInlineFormSet[Contact, Customer, Any]):
    """The first contacts of a customer, by the order they came in: one page holds no more, the list has them all."""

    def __init__(self, data: Any = None, files: Any = None, instance: Customer | None = None, **kwargs: Any) -> None:
        rows: QuerySet[Contact] | None = kwargs.pop("queryset", None)
        rows = Contact.objects.all() if rows is None else rows
        if instance is not None and instance.pk:
            first = Contact.objects.filter(customer=instance).order_by("pk").values("pk")
            rows = rows.filter(pk__in=first[:FORMS])
        super().__init__(data, files, instance=instance, queryset=rows.order_by("pk"), **kwargs)


class ContactInline(ConsoleInline[Contact, Customer]):
    """The people of a customer; the first of them when there are many."""

    model = Contact
    template = "admin/edit_inline/stacked.html"
    formset = FirstContacts
    fields = (
        ("name", "is_active"),
        ("email", "wants_email"),
        ("phone", "wants_sms"),
        ("language", "time_zone", "preference"),
    )
    show_change_link = True


class SubscriptionInline(ConsoleInline[Subscription, Customer]):
    """What a customer uses: rows to remove and to add. A form for each of hundreds would search for each again."""

    model = Subscription
    verbose_name_plural = "uses"
    removable = True
    changeable = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        """With all that their names are made of."""
        return (
            super().get_queryset(request).select_related("service", "region", "instance__service", "instance__region")
        )


class SettingInline(ConsoleInline[Child, Service]):
    """Rows of a service, read together with what their names show (`reads_with`)."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    reads_with: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Child]:
        """With the other rows they name."""
        return super().get_queryset(request).select_related(*self.reads_with)


class DependencyInline(SettingInline[ServiceDependency]):
    """What a service stands on."""

    model = ServiceDependency
    reads_with = ("service", "depends_on")
    fk_name = "service"
    verbose_name = "dependency"
    verbose_name_plural = "depends on"
    removable = True


class InstanceInline(SettingInline[Instance]):
    """Where a service runs."""

    model = Instance
    reads_with = ("service", "region")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Instance]:
        """Region by region, 9 before 10."""
        return super().get_queryset(request).order_by("region__slug", Length("name"), "name")
