"""Customers: who they are, whom to tell, what they use; and the import."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import OnlyChosen, actor_of
from crisisdesk.core.exporting import ExportableAdmin
from crisisdesk.core.sheets import Rows
from customers.admin.duplicates import duplicates_page, merge_page
from customers.admin.importing import import_live, import_page, import_step, one_import
from customers.admin.inlines import FORMS, ContactInline, SubscriptionInline
from customers.admin.overview import overview
from customers.admin.reinstating import reinstate_page
from customers.imports.columns import NAMES
from customers.imports.export import export_rows
from customers.models import Contact, Customer


class OwnerFilter(admin.RelatedOnlyFieldListFilter):
    """Those who look after customers, and nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_value_display = SafeString("nobody")


# In the address of a customer: the form instead of what is known.
EDIT = "edit"


@admin.register(Customer)
class CustomerAdmin(OnlyChosen, ExportableAdmin[Customer]):
    """The customers of the vendor."""

    view_act = Act.VIEW_CUSTOMERS
    change_act = export_act = Act.EDIT_CUSTOMERS
    export_name = "customers"
    list_display = ("name", "reference", "tier", "account_owner", "active_contacts", "is_active")
    list_filter = ("tier", "is_active", ("account_owner", OwnerFilter))
    list_select_related = ("account_owner",)
    search_fields = ("name", "reference")
    inlines = (ContactInline, SubscriptionInline)
    teaches = (
        "Import them from your CRM or billing, with their contacts and what they use, or add the first by hand: "
        "who hears of an outage follows from it."
    )
    change_form_template = "admin/customers/customer/change_form.html"
    change_list_template = "admin/customers/customer/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """With the pages of imports, and those that take an address back and make one customer of two."""
        guard = self.admin_site.admin_view
        return [
            path("import/", guard(import_page), name="customers_customer_import"),
            path("import/<uuid:key>/", guard(one_import), name="customer_import"),
            path("import/<uuid:key>/live/", guard(import_live), name="customer_import_live"),
            path("import/<uuid:key>/<slug:step>/", guard(import_step), name="customer_import_step"),
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
        """What is known of the customer; with `?edit` the form, which reads as much again."""
        customer = self.get_object(request, unquote(object_id))
        if customer is None or not self.has_view_permission(request, customer):
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method == "POST" or EDIT in request.GET:
            contacts = customer.contacts.count()
            more = {"known": customer, "contacts_count": contacts, "more_contacts": contacts > FORMS}
            return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})
        context = {
            **self.admin_site.each_context(request),
            "title": customer.name,
            "opts": self.opts,
            "original": customer,
            "known": overview(customer, actor_of(request), clock.now()),
            "may_edit": self.has_change_permission(request, customer),
            "edit": EDIT,
        }
        return TemplateResponse(request, "admin/customers/customer/page.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """With the number of active contacts, counted for the rows of the page only."""
        own = Contact.objects.filter(customer=OuterRef("pk"), is_active=True).order_by()
        counted = own.values("customer").annotate(count=Count("pk")).values("count")
        rows = super().get_queryset(request).select_related("account_owner")
        return rows.annotate(active_contacts=Coalesce(Subquery(counted), 0))

    def export_lines(self, rows: QuerySet[Customer]) -> QuerySet[Any]:
        """A line for each contact."""
        return Contact.objects.filter(customer__in=rows.order_by().values("pk"))

    def export_rows(self, rows: QuerySet[Customer]) -> Rows:
        """In the columns of an import: a line for each contact."""
        yield [*NAMES]
        for line in export_rows(rows):
            yield [*line]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the way to imports, for those who may."""
        known = {"may_import": may(actor_of(request), Act.EDIT_CUSTOMERS)}
        return super().changelist_view(request, {**known, **(extra_context or {})})

    @admin.display(description="contacts", ordering="active_contacts")
    def active_contacts(self, customer: Customer) -> int:
        """How many people would be told."""
        count: int = customer.active_contacts  # type: ignore[attr-defined]
        return count
