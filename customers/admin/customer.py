"""Customers: who they are, whom to tell, what they use; and the import."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from customers.admin.exchange import CustomerExchange
from customers.admin.inlines import ContactInline, SubscriptionInline
from customers.models import Contact, Customer


@admin.register(Customer)
class CustomerAdmin(CustomerExchange, ConsoleAdmin[Customer]):
    """The customers of the vendor."""

    view_act = Act.VIEW_CUSTOMERS
    change_act = Act.EDIT_CUSTOMERS
    list_display = ("name", "reference", "tier", "account_owner", "active_contacts", "is_active")
    list_filter = ("tier", "is_active", ("account_owner", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("account_owner",)
    search_fields = ("name", "reference")
    autocomplete_fields = ("account_owner",)
    inlines = (ContactInline, SubscriptionInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """With the number of active contacts, counted for the rows of the page only."""
        own = Contact.objects.filter(customer=OuterRef("pk"), is_active=True).order_by()
        counted = own.values("customer").annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(active_contacts=Coalesce(Subquery(counted), 0))

    @admin.display(description="contacts", ordering="active_contacts")
    def active_contacts(self, customer: Customer) -> int:
        """How many people would be told."""
        count: int = customer.active_contacts  # type: ignore[attr-defined]
        return count
