"""Messages, to read: what was sent to whom and how far it is."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from customers.delivery.ledger import progress
from customers.models import FAILURE_STATES, Delivery, DeliveryState, Message


@admin.register(Message)
class MessageAdmin(ConsoleAdmin[Message]):
    """Every send, newest first."""

    view_act = Act.VIEW_DELIVERIES
    list_display = ("thread_key", "kind", "state", "total", "not_reached", "is_drill", "created_at", "created_by_name")
    list_filter = ("state", "kind", "is_drill")
    search_fields = ("thread_key",)
    ordering = ("-id",)
    fields = (
        *("thread_key", "kind", "state", "state_reason", "counts", "total", "is_drill", "priority"),
        *("created_at", "created_by_name", "from_address", "reply_to", "link_expires_at", "uuid"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """With how many were not reached, counted for the rows of the page only."""
        failed = Delivery.objects.filter(message=OuterRef("pk"), state__in=FAILURE_STATES).order_by()
        counted = failed.values("message").annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(failed_count=Coalesce(Subquery(counted), 0))

    @admin.display(description="not reached")
    def not_reached(self, message: Message) -> int:
        """Deliveries that failed, bounced, were refused or held back."""
        count: int = message.failed_count  # type: ignore[attr-defined]
        return count

    @admin.display(description="deliveries")
    def counts(self, message: Message) -> str:
        """How many are in each state, with the way to them."""
        labels = dict(DeliveryState.choices)
        shown = ", ".join(f"{count} {labels[state]}" for state, count in progress(message).items()) or "none"
        address = reverse("admin:customers_delivery_changelist")
        return format_html('<a href="{}?outcome=all&amp;message={}">{}</a>', address, message.pk, shown)
