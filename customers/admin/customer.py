"""Customers: who they are, whom to tell, what they use; and the import."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin, actor_of
from customers.admin.duplicates import duplicates_page, merge_page
from customers.admin.exchange import CustomerExchange
from customers.admin.inlines import ContactInline, SubscriptionInline
from customers.admin.overview import overview
from customers.admin.reinstating import reinstate_page
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
    inlines = (ContactInline, SubscriptionInline)
    change_form_template = "admin/customers/customer/change_form.html"
    import_export_change_list_template = "admin/customers/customer/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """With the pages that take an address back and make one customer of two."""
        guard = self.admin_site.admin_view
        return [
            path("<int:customer_pk>/reinstate/<int:suppression_pk>/", guard(reinstate_page), name="reinstate"),
            path("duplicates/", guard(duplicates_page), name="customer_duplicates"),
            path("<int:first_pk>/merge/<int:second_pk>/", guard(merge_page), name="customer_merge"),
            *super().get_urls(),
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Customer | None:
        """Read once per request: the overview and the form ask for the same one."""
        known: dict[Any, Customer | None] = request.__dict__.setdefault("_customers", {})
        key = object_id, from_field
        if key not in known:
            known[key] = super().get_object(request, object_id, from_field)
        return known[key]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What is known of the customer, then the form."""
        customer = self.get_object(request, unquote(object_id))
        known: dict[str, Any] = {}
        if customer is not None and self.has_view_permission(request, customer):
            known = {"overview": overview(customer, actor_of(request), clock.now())}
        return super().change_view(request, object_id, form_url, {**known, **(extra_context or {})})

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
