"""Deliveries, to read: those that did not arrive first, each with its reason in plain words."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split

from crisisdesk.core.access import Act, may
from crisisdesk.core.asked import spellings
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.exporting import ExportableAdmin
from crisisdesk.core.sheets import Rows, utc
from customers.delivery.ledger import NOTHING_MISSING
from customers.models import (
    ACCEPTED_STATES,
    FAILURE_STATES,
    OPEN_STATES,
    Contact,
    Delivery,
    DeliveryEvent,
    Message,
    SendingTrouble,
    Suppression,
)

_COLUMNS = (
    *("about", "kind", "written_at", "customer_reference", "customer", "contact_name", "channel", "address"),
    *("why_told", "state", "state_reason", "handed_over_at", "attempts", "drill"),
)
GROUPS = {"failures": FAILURE_STATES, "open": OPEN_STATES, "sent": ACCEPTED_STATES}


class OutcomeFilter(admin.SimpleListFilter):
    """What needs somebody comes first: without a choice the list shows what did not arrive."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices; the first is the default."""
        return [("failures", "Not reached"), ("open", "Waiting"), ("sent", "Handed over"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        """Without Django's own "All", which would be the default."""
        for value, title in self.lookup_choices:
            link = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": (self.value() or "failures") == value, "query_string": link, "display": title}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Narrow the list."""
        chosen = self.value() or "failures"
        states = GROUPS.get(chosen)
        rows = queryset if states is None else queryset.filter(state__in=states)
        return rows.exclude(NOTHING_MISSING) if chosen == "failures" else rows


class EventInline(admin.TabularInline[DeliveryEvent, Delivery]):
    """What happened, attempt by attempt."""

    model = DeliveryEvent
    template = "admin/customers/tabular.html"
    extra = 0
    can_delete = False
    fields = readonly_fields = ("at", "state", "attempt", "transport", "code", "text", "is_repeat")
    ordering = ("id",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the delivery they belong to."""
        return may(actor_of(request), Act.VIEW_DELIVERIES)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Events come from the sender."""
        return False


@admin.register(Delivery)
class DeliveryAdmin(ExportableAdmin[Delivery]):
    """One message to one contact."""

    view_act = Act.VIEW_DELIVERIES
    export_act = Act.CONTROL_DELIVERY
    export_name = "deliveries"
    reference_at = "message__thread_key"
    list_display = ("contact", "customer", "message", "address", "state", "state_reason", "attempts", "sent_at")
    nothing = "Nobody was left out"
    teaches = "Whom a message did not reach stands here, with the reason. The outcome All shows every delivery."
    list_filter = (OutcomeFilter, "state", "is_drill")
    list_select_related = ("contact__customer", "message")
    search_fields = ("=address", "=message__thread_key", "contact__name")
    ordering = ("-id",)
    # A million rows: by any other column the database would sort them all.
    sortable_by = ()
    fields = (
        *("contact", "customer", "message", "address", "reason", "state", "state_reason", "attempts"),
        *("next_attempt_at", "sent_at", "mail_id", "received_as", "provider_id", "is_drill"),
    )
    readonly_fields = fields
    inlines = (EventInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        """Each word is an address, a reference or part of a name; names are compared once, not for each delivery."""
        for text in smart_split(search_term):
            word = text.strip("\"'")
            named = Q(*(Q(name__icontains=spelt) for spelt in spellings(word)), _connector=Q.OR)
            queryset = queryset.filter(
                Q(address__iexact=word)
                | Q(message__in=Message.objects.filter(thread_key__iexact=word).values("pk"))
                | Q(contact__in=Contact.objects.filter(named).values("pk"))
            )
        return queryset, False

    def export_rows(self, rows: QuerySet[Delivery]) -> Rows:
        """One row for each delivery. Times are UTC."""
        yield [*_COLUMNS]
        for one in rows.select_related("contact__customer", "message").iterator(chunk_size=2_000):
            yield [
                one.message.thread_key,
                one.message.kind,
                utc(one.message.created_at),
                one.contact.customer.reference,
                one.contact.customer.name,
                one.contact.name,
                one.channel,
                one.address,
                one.reason,
                one.state,
                one.state_reason,
                utc(one.sent_at),
                one.attempts,
                "yes" if one.is_drill else "no",
            ]

    @admin.display(ordering="contact__customer__name")
    def customer(self, delivery: Delivery) -> str:
        """Whose contact it is."""
        return delivery.contact.customer.name

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """The deliveries of one message are linked from it."""
        return lookup == "message" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]


@admin.register(Suppression)
class SuppressionAdmin(ConsoleAdmin[Suppression]):
    """Addresses that are not written to any more."""

    view_act = Act.VIEW_DELIVERIES
    list_display = ("address", "channel", "reason", "at", "lifted_at", "lifted_by_name")
    teaches = "Addresses that bounced, complained or said STOP stand here, and are not written to."
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "channel")
    search_fields = ("address",)
    ordering = ("-id",)


@admin.register(SendingTrouble)
class SendingTroubleAdmin(ConsoleAdmin[SendingTrouble]):
    """What was wrong with the way out."""

    view_act = Act.VIEW_DELIVERIES
    reference_at = "message__thread_key"
    list_display = ("transport", "fault", "reason", "failures", "opened_at", "last_seen_at", "closed_at", "message")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "fault")
    list_select_related = ("message",)
    ordering = ("-id",)
