"""Contacts: who is told, how, and in which language and time zone."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from customers.admin.erasing import erase_page
from customers.models import Contact


@admin.register(Contact)
class ContactAdmin(ConsoleAdmin[Contact]):
    """People at customers."""

    view_act = Act.VIEW_CUSTOMERS
    change_act = Act.EDIT_CUSTOMERS
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
