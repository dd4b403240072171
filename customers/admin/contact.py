"""Contacts: who is told, how, and in which language and time zone."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from crisisdesk.core.access import Act
from crisisdesk.core.exporting import ExportableAdmin
from crisisdesk.core.sheets import Rows
from customers.admin.erasing import erase_page
from customers.models import Contact


@admin.register(Contact)
class ContactAdmin(ExportableAdmin[Contact]):
    """People at customers."""

    view_act = Act.VIEW_CUSTOMERS
    change_act = export_act = Act.EDIT_CUSTOMERS
    export_name = "contacts"
    list_display = ("name", "customer", "email", "phone", "language", "time_zone", "preference", "is_active")
    list_filter = ("is_active", "preference", "language", "wants_sms")
    list_select_related = ("customer",)
    search_fields = ("name", "email", "customer__name")
    raw_id_fields = ("customer",)
    change_form_template = "admin/customers/contact/change_form.html"
    fieldsets = (
        (None, {"fields": ("customer", "name", "is_active")}),
        ("How to reach them", {"fields": ("email", "wants_email", "phone", "wants_sms", "preference")}),
        ("How to write to them", {"fields": ("language", "time_zone")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """With the page that erases a person."""
        route = "<int:contact_pk>/erase/"
        return [path(route, self.admin_site.admin_view(erase_page), name="contact_erase"), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Contact | None = None) -> bool:
        """What is left of an erased person is not edited."""
        return super().has_change_permission(request, obj) and (obj is None or obj.erased_at is None)

    def export_rows(self, rows: QuerySet[Contact]) -> Rows:
        """One row for each contact; those who were erased are left out."""
        yield [*_COLUMNS]
        for one in rows.filter(erased_at=None).select_related("customer").iterator(chunk_size=2_000):
            yield [
                one.customer.reference,
                one.customer.name,
                one.name,
                one.email,
                "yes" if one.wants_email else "no",
                one.phone,
                "yes" if one.wants_sms else "no",
                one.preference,
                one.language,
                one.time_zone,
                "yes" if one.is_active else "no",
            ]


_COLUMNS = (
    *("customer_reference", "customer", "contact_name", "email", "wants_email", "phone", "wants_sms"),
    *("preference", "language", "time_zone", "active"),
)
