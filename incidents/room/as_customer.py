"""What customers see: choose one, and look at the draft and at every message with their eyes. Nothing is recorded."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.asked import asked_for
from crisisdesk.core.console import actor_of
from customers.models import Customer
from incidents.models import Incident
from incidents.room.as_customer_facts import as_customer_facts, document
from incidents.room.as_read import POLICY
from incidents.room.assessment import FOUND, customers_named
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by


@require_safe
@seen_by(Act.VIEW_DELIVERIES)
def as_customer_search(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Choose the customer; a single match opens at once."""
    incident = the_incident(pk, actor_of(request))
    asked = asked_for(request.GET)
    found = customers_named(asked) if asked else []
    if len(found) == 1:
        return redirect(_url(incident, found[0]))
    context = {
        "incident": head_of(incident),
        "asked": asked,
        "found": [{"customer": row, "url": _url(incident, row)} for row in found[:FOUND]],
        "more": len(found) > FOUND,
    }
    template = "admin/incidents/incident/as_customer_search.html"
    return page(request, template, context, title=f"What customers see, {incident.reference}")


@require_safe
@seen_by(Act.VIEW_DELIVERIES)
def as_customer(request: HttpRequest, pk: int, customer_pk: int) -> HttpResponseBase:
    """One customer: their people, what went to each, and the draft; the chosen one in a frame."""
    incident, customer = the_incident(pk, actor_of(request)), _the_customer(customer_pk)
    context = {
        "incident": head_of(incident),
        "customer": customer,
        "shown_url": reverse("admin:as_customer_shown", args=[pk, customer_pk]),
        "compose_url": reverse("admin:compose", args=[pk]),
        "search_url": reverse("admin:as_customer_search", args=[pk]),
        **as_customer_facts(incident, customer, request.GET),
    }
    title = f"What {customer} sees, {incident.reference}"
    return page(request, "admin/incidents/incident/as_customer.html", context, title=title)


@csp_replace(POLICY)  # type: ignore[arg-type, unused-ignore]  # typed for views without arguments only
@require_safe
@xframe_options_sameorigin
@seen_by(Act.VIEW_DELIVERIES)
def as_customer_shown(request: HttpRequest, pk: int, customer_pk: int) -> HttpResponseBase:
    """The document in the frame."""
    incident, customer = the_incident(pk, actor_of(request)), _the_customer(customer_pk)
    return HttpResponse(document(incident, customer, request.GET, clock.now()))


def _the_customer(pk: int) -> Customer:
    customer = Customer.objects.filter(pk=pk).first()
    if customer is None:
        raise Http404("No such customer.")
    return customer


def _url(incident: Incident, customer: Customer) -> str:
    return reverse("admin:as_customer", args=[incident.pk, customer.pk])
