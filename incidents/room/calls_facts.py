"""What the call list shows, in the room and on its own pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.markdown import to_text
from customers.calls import why_not_reached
from customers.delivery.stop_words import STOPPED
from customers.models import CallRecord, CallResult, Channel, Contact, Customer, Suppression, Tier
from incidents import calls
from incidents.models import Incident, Promise, Update, UpdateKind
from incidents.room.elsewhere import customers_elsewhere
from incidents.room.reach import amount

CONTACTS = 6
ON_A_CALL = 40
IN_THE_ROOM = 4


def talking_points(incident: Incident) -> dict[str, Any]:
    """What customers were told last, and when they hear again: the words for the call."""
    told = incident.updates.exclude(kind=UpdateKind.POSTMORTEM).order_by("-number").first()
    promise = Promise.objects.open().filter(incident=incident).first()
    return {
        "subject": told.subject if told else "",
        "text": to_text(told.body) if told else "",
        "at": told.sent_at if told else None,
        "next_at": promise.due_at if promise else None,
        "is_late": bool(promise and promise.is_due(clock.now())),
        "workaround": incident.workaround,
        "likely_resolution": incident.likely_resolution,
        "is_over": not incident.is_open,
    }


def call_facts(incident: Incident, updates: Iterable[Update]) -> dict[str, Any]:
    """The call list as the room's panel shows it: {count, first [{name, url}], url, done}; `updates`: all of them."""
    waiting = calls.to_call(incident, updates)
    url = reverse("admin:call_list", args=[incident.pk])
    first = [
        {"name": row.name, "tier": row.get_tier_display(), "url": reverse("admin:call", args=[incident.pk, row.pk])}
        for row in (customers_by_weight(waiting)[:IN_THE_ROOM] if waiting else [])
    ]
    return {"count": len(waiting), "more": max(len(waiting) - len(first), 0), "first": first, "url": url}


def customers_by_weight(waiting: dict[int, int]) -> QuerySet[Customer]:
    """The customers of a call list, the largest tier first."""
    order = {Tier.ENTERPRISE: 0, Tier.BUSINESS: 1}
    rank = Case(*(When(tier=tier, then=Value(n)) for tier, n in order.items()), default=2, output_field=IntegerField())
    rows = Customer.objects.filter(pk__in=list(waiting)).select_related("account_owner")
    return rows.order_by(rank, "name", "pk")


def call_lines(
    incident: Incident, customers: list[Customer], waiting: dict[int, int], by: Actor, *, every_contact: bool = False
) -> list[dict[str, Any]]:
    """Customers with their contacts, numbers, why each was not reached, and attempts to call so far."""
    ids = [customer.pk for customer in customers]
    why = why_not_reached({waiting[pk] for pk in ids if pk in waiting}, ids)
    people: dict[int, list[Contact]] = {pk: [] for pk in ids}
    # Those with a number first: that is whom one can call.
    for contact in Contact.objects.filter(customer__in=ids, is_active=True).order_by("customer_id", "name", "pk"):
        people[contact.customer_id].append(contact)
    silent = _answered_stop(person.phone for several in people.values() for person in several)
    tried, elsewhere = _attempts(incident, ids), customers_elsewhere(incident, ids, by)
    return [
        {
            "name": customer.name,
            "tier": customer.get_tier_display(),
            "owner": str(customer.account_owner or ""),
            "url": reverse("admin:customers_customer_change", args=[customer.pk]),
            "call_url": reverse("admin:call", args=[incident.pk, customer.pk]),
            "elsewhere": ", ".join(elsewhere.get(customer.pk, [])),
            "attempts": amount(tried[customer.pk], "call") if tried.get(customer.pk) else "",
            **_people(people[customer.pk], why.get(customer.pk, {}), silent, ON_A_CALL if every_contact else CONTACTS),
        }
        for customer in customers
    ]


def _answered_stop(phones: Iterable[str]) -> set[str]:
    """Numbers that want no texts: a call is a person's decision, who should know."""
    known = {phone for phone in phones if phone}
    stopped = Suppression.objects.filter(channel=Channel.SMS, lifted_at=None, reason=STOPPED, address__in=known)
    return set(stopped.values_list("address", flat=True)) if known else set()


def _people(contacts: list[Contact], why: dict[int, str], silent: set[str], most: int) -> dict[str, Any]:
    sorted_people = sorted(contacts, key=lambda contact: not contact.phone)
    shown = [
        {
            "name": row.name,
            "phone": row.phone,
            "why": why.get(row.pk, "") + (" Answered STOP to our texts." if row.phone in silent else ""),
        }
        for row in sorted_people[:most]
    ]
    return {"contacts": shown, "more": max(len(contacts) - most, 0), "has_phone": any(row.phone for row in contacts)}


def _attempts(incident: Incident, ids: list[int]) -> dict[int, int]:
    rows = CallRecord.objects.filter(message__thread_key=incident.reference, customer__in=ids)
    return dict(rows.order_by().values_list("customer").annotate(count=Count("pk")))


def calls_of(incident: Incident) -> QuerySet[CallRecord]:
    """Calls made about the incident, newest first."""
    rows = CallRecord.objects.filter(message__thread_key=incident.reference)
    return rows.select_related("customer", "contact").order_by("-at", "-pk")


def call_line(row: CallRecord) -> dict[str, Any]:
    """One call for admin/incidents/incident/call_done.html."""
    return {
        "customer": row.customer.name,
        "result": row.get_result_display(),
        "told": row.result != CallResult.NO_ANSWER,
        "whom": row.whom,
        "note": row.note,
        "at": row.at,
        "by": row.made_by_name,
    }
