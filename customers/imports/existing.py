"""What is known already of the customers that a file names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from customers.erasing import marks_of
from customers.imports.entries import Entry, Value
from customers.imports.landscape import Landscape
from customers.models import Contact, Customer, ErasedAddress, Subscription

# Fewer than the parameters that a statement may have on either database.
CHUNK = 5_000
T = TypeVar("T")
UseKey = tuple[str, int, int, int]  # reference, service, region, instance; 0 means everywhere


@dataclass(slots=True)
class Existing:
    """Rows by the keys of the file. The plan adds what it makes, so that later lines find it."""

    customers: dict[str, Customer]  # by the file's reference; of one merged away, the customer it is part of
    names: dict[str, str]  # lower-case name -> reference, of all customers
    contacts: dict[str, list[Contact]]  # by the customer's reference
    uses: set[UseKey]
    people: dict[int, str]
    erased: frozenset[str]  # marks of addresses whose owners asked to be erased

    @classmethod
    def load(cls, entries: Sequence[Entry], landscape: Landscape, *, lock: bool) -> Existing:
        """A few queries per 5,000 customers. `lock` keeps customers and contacts for the transaction."""
        # Compared here and not in the database: SQLite's LOWER knows ASCII only.
        names = {name.lower(): reference for name, reference in Customer.objects.values_list("name", "reference")}
        found = cls(
            {},
            names,
            {},
            set(),
            {person.pk: str(person) for person in landscape.people.values()},
            frozenset(ErasedAddress.objects.values_list("mark", flat=True)),
        )
        references = {entry.reference for entry in entries}
        for some in _chunks(references):
            customers = Customer.objects.filter(reference__in=some).order_by("pk")
            for customer in customers.select_for_update() if lock else customers:
                found.customers[customer.reference] = customer
        found._follow_merges(lock=lock)
        by_pk = {customer.pk: customer for customer in found.customers.values()}
        for some_pks in _chunks(by_pk):
            contacts = Contact.objects.filter(customer__in=some_pks).order_by("pk")
            for contact in contacts.select_for_update() if lock else contacts:
                contact.customer = by_pk[contact.customer_id]
                found.contacts.setdefault(contact.customer.reference, []).append(contact)
            keys = Subscription.objects.filter(customer__in=some_pks).values_list(
                "customer__reference", "service_id", "region_id", "instance_id"
            )
            found.uses.update((reference, s, r or 0, i or 0) for reference, s, r, i in keys)
        return found

    def _follow_merges(self, *, lock: bool) -> None:
        """A reference of a customer who was merged away stands for the one that it is part of by now."""
        by_pk = {customer.pk: customer for customer in self.customers.values()}
        while missing := {into for row in by_pk.values() if (into := _into(row)) is not None} - by_pk.keys():
            for some in _chunks(missing):
                customers = Customer.objects.filter(pk__in=some).order_by("pk")
                by_pk.update((row.pk, row) for row in (customers.select_for_update() if lock else customers))
        for reference, customer in self.customers.items():
            passed: set[int] = set()
            while (into := _into(customer)) is not None and into not in passed:
                passed.add(into)
                customer = by_pk[into]
            self.customers[reference] = customer

    def contact(self, customer: Customer, values: dict[str, Value]) -> tuple[Contact | None, str]:
        """The contact that a line means, or None for a new one; and a problem, when it could be several.

        Recognised by e-mail address; without one, or when nobody has it yet, by telephone number.
        """
        known = self.contacts.get(customer.reference, [])
        email, phone = str(values.get("email", "")).lower(), values.get("phone", "")
        for contact in known:
            if email and contact.email.lower() == email:
                return contact, ""
        same_phone = [row for row in known if phone and row.phone == phone and not (email and row.email)]
        # Of several rows of one person the one that stayed is meant.
        same_phone = [row for row in same_phone if not is_part(row)] or same_phone[:1]
        if len(same_phone) > 1:
            return None, f"Several contacts of {customer.name} have the phone number {phone}. Give an email."
        return (same_phone[0] if same_phone else None), ""

    def was_erased(self, values: dict[str, Value]) -> bool:
        """Whether the person of a line asked to be erased; quick where nobody did."""
        addresses = (str(values.get(name, "")) for name in ("email", "phone"))
        return bool(self.erased) and any(address and self.erased & marks_of(address) for address in addresses)

    def shown(self, name: str, value: Value | None) -> str:
        """A value as a person reads it."""
        if name == "account_owner_id" and value:
            return self.people.get(int(value), f"person {value}")
        return "" if value is None else str(value)


def is_part(contact: Contact) -> bool:
    """Whether the row was merged with another contact, and was not made active again since."""
    return not contact.is_active and contact.merged_into_id is not None


def _into(customer: Customer) -> int | None:
    """Of whom this customer is a part; None for one that stands by itself, or does so again."""
    return None if customer.is_active else customer.merged_into_id


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while some := list(islice(remaining, CHUNK)):
        yield some
