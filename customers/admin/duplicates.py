"""Customers and people that may be one: the list of pairs, and the page that merges two customers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal, status_of
from customers import twins
from customers.duplicates import keep_apart, merge, proposals
from customers.models import Contact, Customer

MOST = 50
SHOWN = 8


@never_cache
@require_safe
def duplicates_page(request: HttpRequest) -> HttpResponseBase:
    """Pairs nobody has judged, each with its reasons: customers, and people at one customer."""
    by = actor_of(request)
    if not may(by, Act.VIEW_CUSTOMERS):
        raise PermissionDenied
    found = proposals(MOST + 1)
    rows = Customer.objects.in_bulk({pk for pair in found[:MOST] for pk in (pair.first, pair.second)})
    pairs = [{"first": rows[pair.first], "second": rows[pair.second], "reasons": pair.reasons} for pair in found[:MOST]]
    people = twins.proposals(MOST + 1)
    who = Contact.objects.select_related("customer").in_bulk(
        {pk for pair in people[:MOST] for pk in (pair.first, pair.second)}
    )
    persons = [{"first": who[one.first], "second": who[one.second], "reasons": one.reasons} for one in people[:MOST]]
    context = {"pairs": pairs, "more": len(found) > MOST, "persons": persons, "more_persons": len(people) > MOST}
    return _page(request, "duplicates.html", "What may be there twice", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def merge_page(request: HttpRequest, first_pk: int, second_pk: int) -> HttpResponseBase:
    """Two customers side by side; POST makes one of them, or records that they are two."""
    by = actor_of(request)
    if not may(by, Act.VIEW_CUSTOMERS):
        raise PermissionDenied
    first = get_object_or_404(Customer, pk=first_pk)
    second = get_object_or_404(Customer, pk=second_pk)
    refusal: Refusal | None = None
    if request.method == "POST":
        keep, other = (second, first) if request.POST.get("keep") == str(second.pk) else (first, second)
        try:
            if request.POST.get("action") == "apart":
                keep_apart(first, second, by=by, now=clock.now())
                messages.success(request, f"{first} and {second} stay two; they are not proposed again.")
                return redirect("admin:customer_duplicates")
            merge(keep, other, by=by, now=clock.now())
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"{other} is part of {keep} now.")
            return redirect("admin:customers_customer_change", keep.pk)
    context = {
        "sides": [_side(first), _side(second)],
        "may_merge": may(by, Act.EDIT_CUSTOMERS),
        "refusal": str(refusal or ""),
    }
    return _page(request, "merge.html", "Make one customer of two", context, status=status_of(refusal))


def _side(customer: Customer) -> dict[str, Any]:
    contacts = customer.contacts.order_by("-is_active", "name", "pk")
    uses = customer.subscriptions.select_related("service", "region", "instance__service").order_by("service__name")
    contacts_count, uses_count = contacts.count(), uses.count()
    return {
        "customer": customer,
        "contacts": list(contacts[:SHOWN]),
        "contacts_count": contacts_count,
        "more_contacts": max(0, contacts_count - SHOWN),
        "uses": list(uses[:SHOWN]),
        "uses_count": uses_count,
        "more_uses": max(0, uses_count - SHOWN),
    }


def _page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200
) -> TemplateResponse:
    frame = admin.site.each_context(request)
    template = f"admin/customers/customer/{template}"
    return TemplateResponse(request, template, {**frame, "title": title, **context}, status=status)
