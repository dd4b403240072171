"""Messages, to read: what was sent to whom and how far it is."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from customers.delivery.ledger import NOTHING_MISSING, progress
from customers.models import Delivery, DeliveryState, Message


class CountedPage(ChangeList):
    """A page of the list, with how many were not reached, counted for its own rows and for none that are skipped."""

    def get_results(self, request: HttpRequest) -> None:
        """The rows, each with its count."""
        super().get_results(request)
        rows = list(self.result_list)
        failed = Delivery.objects.failures().filter(message__in=rows).exclude(NOTHING_MISSING).order_by()
        counts = dict(failed.values_list("message").annotate(count=Count("pk")))
        for row in rows:
            row.failed_count = counts.get(row.pk, 0)
        self.result_list = rows


@admin.register(Message)
class MessageAdmin(ConsoleAdmin[Message]):
    """Every send, newest first."""

    view_act = Act.VIEW_DELIVERIES
    reference_at = "thread_key"
    teaches = "Each message to customers stands here, with how far it has come and whom it did not reach."
    list_display = ("thread_key", "kind", "state", "total", "not_reached", "is_drill", "created_at", "created_by_name")
    list_filter = ("state", "kind", "is_drill")
    search_fields = ("thread_key",)
    ordering = ("-id",)
    fields = (
        *("thread_key", "kind", "state", "state_reason", "counts", "total", "is_drill", "priority"),
        *("created_at", "created_by_name", "from_address", "reply_to", "link_expires_at", "uuid"),
    )
    readonly_fields = fields

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Pages that count for themselves."""
        return CountedPage

    @admin.display(description="not reached")
    def not_reached(self, message: Message) -> int:
        """Deliveries that failed, bounced or were refused; who chose not to get it is none of them."""
        count: int = message.failed_count  # type: ignore[attr-defined]
        return count

    @admin.display(description="deliveries")
    def counts(self, message: Message) -> str:
        """How many are in each state, with the way to them."""
        labels = dict(DeliveryState.choices)
        shown = ", ".join(f"{count} {labels[state]}" for state, count in progress(message).items()) or "none"
        address = reverse("admin:customers_delivery_changelist")
        return format_html('<a href="{}?outcome=all&amp;message={}">{}</a>', address, message.pk, shown)
