"""Contacts: who is told, how, and in which language and time zone."""

from __future__ import annotations

from django.contrib import admin

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
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
    fieldsets = (
        (None, {"fields": ("customer", "name", "is_active")}),
        ("How to reach them", {"fields": ("email", "wants_email", "phone", "wants_sms", "preference")}),
        ("How to write to them", {"fields": ("language", "time_zone")}),
    )
