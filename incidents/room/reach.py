"""Who is affected, in the shape the pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from customers.affected import Audience, AudienceCounts
from customers.models import Contact
from incidents.models import AffectedService

SAMPLE = 5
C = TypeVar("C", bound=Contact)
# So many contacts are looked at, to name one of each customer.
LOOKED_AT = 20


def counted(counts: AudienceCounts) -> dict[str, Any]:
    """Numbers as numbers and as text: {customers, contacts, customers_text, contacts_text}."""
    return {
        "customers": counts.customers,
        "contacts": counts.contacts,
        "customers_text": number(counts.customers),
        "contacts_text": number(counts.contacts),
    }


def number(count: int) -> str:
    """With thousands separated: 1,284."""
    return f"{count:,}"


def amount(count: int, one: str, several: str = "") -> str:
    """A number with its noun: "1 customer", "1,284 customers"."""
    return f"{number(count)} {one if count == 1 else several or one + 's'}"


def whom(counts: AudienceCounts) -> str:
    """The audience in words: "1,284 contacts at 312 customers"."""
    return f"{amount(counts.contacts, 'contact')} at {amount(counts.customers, 'customer')}"


def lines(contacts: Iterable[Contact]) -> list[dict[str, str]]:
    """Contacts that carry `reason`, one line each: [{contact, customer, reason}]."""
    return [
        {"contact": row.name, "customer": row.customer.name, "reason": getattr(row, "reason", "") or ""}
        for row in contacts
    ]


def sample(audience: Audience) -> list[dict[str, str]]:
    """The first few customers by name, one contact of each with the reason."""
    return lines(one_of_each(audience.sample(LOOKED_AT)))


def one_of_each(contacts: Iterable[C]) -> list[C]:
    """The first contact of each customer, a few in all; further ones only where there are too few customers."""
    rows = list(contacts)
    first: dict[int, C] = {}
    for row in rows:
        first.setdefault(row.customer_id, row)
    chosen = list(first.values())[:SAMPLE]
    others = [row for row in rows if row not in chosen]
    kept = {row.pk for row in [*chosen, *others][:SAMPLE]}
    return [row for row in rows if row.pk in kept]


def service_names(rows: Sequence[AffectedService]) -> list[dict[str, str]]:
    """Affected services for badges: [{name, detail}]."""
    shown = []
    for row in rows:
        places = [str(row.region) if row.region else "", f"instance {row.instance.name}" if row.instance else ""]
        detail = [*(place for place in places if place), row.get_component_status_display()]
        shown.append({"name": row.service.name, "detail": ", ".join(detail)})
    return shown
