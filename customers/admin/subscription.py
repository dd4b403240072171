"""Who uses what, and where. Edited on the customer's page; here to be searched."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from customers.models import Subscription


@admin.register(Subscription)
class SubscriptionAdmin(ConsoleAdmin[Subscription]):
    """Audiences follow from these."""

    view_act = Act.VIEW_CUSTOMERS
    change_act = Act.EDIT_CUSTOMERS
    list_display = ("customer", "service", "region", "instance")
    teaches = "What customers use comes with an import, or is added on the page of a customer."
    list_filter = ("service", "region")
    list_select_related = ("customer", "service", "region", "instance__service")
    search_fields = ("customer__name", "service__name")
    raw_id_fields = ("customer", "instance")
    ordering = ("-pk",)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A version has no page of its own: its column `instance` stands where the library keeps the old object."""
        return redirect("admin:customers_subscription_history", object_id)
