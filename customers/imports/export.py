"""Customers, contacts and what they use as the rows of an import file: an export can be edited and imported again."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Prefetch, QuerySet

from customers.imports.landscape import label
from customers.models import Contact, Customer, Subscription

CHUNK = 1_000


def export_rows(customers: QuerySet[Customer]) -> Iterator[list[str]]:
    """A row per contact (one without contact for a customer who has none), in the order of `COLUMNS`.

    Customers and contacts who are not active are left out.
    """
    rows = (
        customers.filter(is_active=True)
        .select_related("account_owner")
        .prefetch_related(
            Prefetch("contacts", Contact.objects.filter(is_active=True)),
            Prefetch("subscriptions", Subscription.objects.select_related("service", "region", "instance")),
        )
    )
    for customer in rows.iterator(chunk_size=CHUNK):
        uses = sorted(label(row.service, row.region, row.instance) for row in customer.subscriptions.all())
        owner = customer.account_owner.email if customer.account_owner else ""
        first = [customer.reference, customer.name, customer.tier, owner]
        for contact in customer.contacts.all() or [None]:
            told = (
                [contact.name, contact.email, contact.phone, contact.language, contact.time_zone]
                if contact
                else ["", "", "", customer.language, customer.time_zone]
            )
            yield [*first, *told, "; ".join(uses)]
