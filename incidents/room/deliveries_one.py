"""One delivery: everything that happened to it, and what the reader got."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from customers.models import Delivery
from incidents.knowing import knows
from incidents.models import Update
from incidents.room.deliveries_words import state_words
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by

# What stands in the text instead of a reader's own signed links, which open their pages without signing in.
PRIVATE_LINK = "(a link of their own)"


@require_safe
@seen_by(Act.VIEW_DELIVERIES)
def delivery(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The page of one delivery, its events oldest first."""
    rows = Delivery.objects.select_related("contact__customer", "content", "message")
    row = get_object_or_404(rows, pk=pk)
    update = Update.objects.select_related("incident").filter(message=row.message_id).first()
    if update is not None and not knows(actor_of(request), update.incident):
        raise Http404
    context = {
        "incident": head_of(update.incident) if update else None,
        "message_url": reverse("admin:deliveries", args=[update.pk]) if update else "",
        "message_label": update.get_kind_display().capitalize() if update else row.message.kind,
        "delivery": {
            **state_words(row.state, row.state_reason),
            "contact": row.contact.name,
            "contact_url": reverse("admin:customers_contact_change", args=[row.contact_id]),
            "customer": row.contact.customer.name,
            "customer_url": reverse("admin:customers_customer_change", args=[row.contact.customer_id]),
            "phone": row.contact.phone,
            "address": row.address,
            "channel": row.get_channel_display(),
            "reason": row.reason,
            "mail_id": row.mail_id,
            "received_as": row.received_as,
            "attempts": row.attempts,
        },
        "events": [
            {**state_words(event.state, event.text), "at": event.at, "attempt": event.attempt, "code": event.code}
            | {"text": event.text, "transport": event.transport, "is_repeat": event.is_repeat}
            for event in row.events.order_by("pk")
        ],
        "subject": row.content.subject,
        "text": _as_read(row),
    }
    return page(request, "admin/incidents/message/delivery.html", context, title=f"To {row.contact.name}")


def _as_read(row: Delivery) -> str:
    text = row.content.text
    for token, value in (
        ("[[contact_name]]", row.contact.name),
        ("[[customer_name]]", row.contact.customer.name),
        ("[[progress_url]]", PRIVATE_LINK),
        ("[[preferences_url]]", PRIVATE_LINK),
        ("[[answer_url]]", PRIVATE_LINK),
    ):
        text = text.replace(token, value)
    return text
