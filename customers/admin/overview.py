"""The customer's page above its form: what they use, who is told and how, calls, and what other parts tell of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.discretion import hidden_references
from customers.models import CallRecord, CallResult, Channel, Contact, Customer, Preference, Subscription, Suppression
from customers.stories import told_of
from customers.verifying import known_of, with_proof

CONTACTS = 20
USES = 60
CALLS = 20


def overview(customer: Customer, by: Actor, now: datetime) -> dict[str, Any]:
    """The context of templates/admin/customers/customer/overview.html."""
    people = with_proof(customer.contacts.select_related("merged_into")).order_by("-is_active", "name", "pk")
    contacts = list(people[: CONTACTS + 1])
    shown = contacts[:CONTACTS]
    suppressed = _suppressed(shown)
    uses = list(
        Subscription.objects.filter(customer=customer)
        .select_related("service", "region", "instance__service")
        .order_by("service__name", "pk")[: USES + 1]
    )
    return {
        "customer": customer,
        "uses": [_use(row) for row in uses[:USES]],
        "more_uses": len(uses) > USES,
        "uses_count": Subscription.objects.filter(customer=customer).count() if len(uses) > USES else len(uses),
        "uses_url": f"{reverse('admin:customers_subscription_changelist')}?customer__id__exact={customer.pk}",
        "people": [_person(row, suppressed, customer) for row in shown],
        "people_count": customer.contacts.count() if len(contacts) > CONTACTS else len(contacts),
        "more_people": len(contacts) > CONTACTS,
        "contacts_url": f"{reverse('admin:customers_contact_changelist')}?customer__id__exact={customer.pk}",
        "may_reinstate": may(by, Act.CONTROL_DELIVERY),
        "calls": [_call(row) for row in _calls(customer, by)],
        **told_of(customer, now, by),
    }


def _suppressed(contacts: list[Contact]) -> dict[tuple[str, str], Suppression]:
    """(channel, address in lower case) -> the suppression in force."""
    addresses = {address.lower() for contact in contacts for address in (contact.email, contact.phone) if address}
    rows = Suppression.objects.filter(address__in=addresses, lifted_at=None)
    return {(row.channel, row.address): row for row in rows}


def _use(row: Subscription) -> dict[str, str]:
    places = [f"in {row.region}" if row.region else "", f"instance {row.instance.name}" if row.instance else ""]
    return {"service": row.service.name, "where": ", ".join(place for place in places if place) or "everywhere"}


def _person(contact: Contact, suppressed: dict[tuple[str, str], Suppression], customer: Customer) -> dict[str, Any]:
    wanted = (
        (Channel.EMAIL, contact.wants_email, contact.email),
        ("sms", contact.wants_sms, contact.phone),
    )
    channels = [
        _channel(str(channel), address, suppressed.get((str(channel), address.lower())), customer)
        for channel, wants, address in wanted
        if wants and address
    ]
    return {
        "name": contact.name,
        "url": reverse("admin:customers_contact_change", args=[contact.pk]),
        "email": contact.email,
        "phone": contact.phone,
        "language": contact.get_language_display(),
        "time_zone": contact.time_zone,
        "wants": contact.get_preference_display(),
        "wants_nothing": contact.preference == Preference.NONE,
        "is_active": contact.is_active,
        "part_of": contact.merged_into if not contact.is_active else None,
        "erased_at": contact.erased_at,
        "proof": known_of(contact),
        "channels": channels,
        "is_told": contact.is_active
        and contact.preference != Preference.NONE
        and any(not channel["suppressed"] for channel in channels),
    }


def _channel(channel: str, address: str, suppression: Suppression | None, customer: Customer) -> dict[str, Any]:
    url = reverse("admin:reinstate", args=[customer.pk, suppression.pk]) if suppression else ""
    return {
        "label": "SMS" if channel == "sms" else "e-mail",
        "address": address,
        "suppressed": suppression.reason if suppression else "",
        "since": suppression.at if suppression else None,
        "reinstate_url": url,
    }


def _calls(customer: Customer, by: Actor) -> list[CallRecord]:
    rows = CallRecord.objects.filter(customer=customer).select_related("contact", "message")
    if hidden := hidden_references(by):
        rows = rows.exclude(message__thread_key__in=hidden)
    return list(rows.order_by("-at", "-pk")[:CALLS])


def _call(row: CallRecord) -> dict[str, Any]:
    return {
        "customer": row.message.thread_key,
        "result": row.get_result_display(),
        "told": row.result != CallResult.NO_ANSWER,
        "whom": row.whom,
        "note": row.note,
        "at": row.at,
        "by": row.made_by_name,
    }
