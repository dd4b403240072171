"""The impact assessment of one customer, to read out on the phone or paste into a reply."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.asked import asked_for, spellings
from crisisdesk.core.console import actor_of
from customers.addresses import number_asked_for
from customers.models import Customer
from incidents.assessing import as_text, assess
from incidents.models import Incident
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by

FOUND = 20


@require_safe
@seen_by(Act.VIEW_CUSTOMERS)
def assessment(request: HttpRequest, pk: int, customer_pk: int) -> HttpResponseBase:
    """What of this customer's is affected, since when, how badly, and what is known."""
    incident = the_incident(pk, actor_of(request))
    customer = Customer.objects.select_related("account_owner").filter(pk=customer_pk).first()
    if customer is None:
        raise Http404("No such customer.")
    found = assess(incident, customer, now=clock.now())
    context = {
        "incident": head_of(incident),
        "customer": customer,
        "found": found,
        "text": as_text(found),
        "workaround": incident.workaround,
        "likely_resolution": incident.likely_resolution,
        "contacts": list(customer.contacts.filter(is_active=True).order_by("name", "pk")[:FOUND]),
    }
    template = "admin/incidents/incident/assessment.html"
    return page(request, template, context, title=f"{customer}, {incident.reference}")


@require_safe
@seen_by(Act.VIEW_CUSTOMERS)
def assessment_search(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Find the customer who is on the phone; a single match opens at once."""
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
    template = "admin/incidents/incident/assessment_search.html"
    return page(request, template, context, title=f"Who is asking? {incident.reference}")


def customers_named(asked: str) -> list[Customer]:
    """Whose name or reference this is, else where somebody has this name, address or number; at most `FOUND` + 1."""
    named = somebody = Q()
    for written in spellings(asked):
        named |= Q(name__icontains=written)
        somebody |= Q(contacts__name__icontains=written)
    by_name = Customer.objects.filter(named | Q(reference__iexact=asked))
    by_contact = Customer.objects.filter(somebody)
    number = number_asked_for(asked)
    by_address = Customer.objects.filter(Q(contacts__email__iexact=asked) | _at_number(number))
    for several in (by_name, by_contact | by_address):
        if found := list(several.distinct().order_by("-is_active", "name", "pk")[: FOUND + 1]):
            return found
    return []


def _at_number(number: str) -> Q:
    return Q(contacts__phone__endswith=number) if number else Q(pk=None)


def _url(incident: Incident, customer: Customer) -> str:
    return reverse("admin:assessment", args=[incident.pk, customer.pk])
