"""What an import would change, before anything is changed. Adds and changes; never removes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from customers.imports.entries import Entry, Value, understand
from customers.imports.existing import Existing, is_part
from customers.imports.landscape import Landscape, Use
from customers.imports.reading import Table
from customers.models import Contact, Customer, Subscription

Kind = Literal["new", "changed", "same", "bad"]
# Fields by the names of the file's columns.
LABELS = {"account_owner_id": "account_owner"}
TELL_EVERY = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would change; `before` is "" for something new."""

    what: str
    before: str
    after: str


@dataclass(slots=True)
class PlannedRow:
    """What one line of the file would do; `notes` say what a person should know of it beforehand."""

    line: int
    kind: Kind
    customer: str
    contact: str
    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Write:
    """One row of the database to be made or changed, with the fields that change and what stood in them."""

    row: Customer | Contact | Subscription
    is_new: bool
    fields: set[str] = field(default_factory=set)
    before: dict[str, Value | None] = field(default_factory=dict)

    def values(self) -> dict[str, str]:
        """What is written, by column; keys that a new row does not have yet are left out."""
        columns = [column.attname for column in self.row._meta.concrete_fields]
        return {
            name: str(getattr(self.row, name))
            for name in columns
            if name in self.fields or (self.is_new and name not in {"id", "customer_id"})
        }


@dataclass(slots=True)
class ImportPlan:
    """Rows for people, writes for `apply`. A plan with problems is never applied."""

    table: Table
    rows: list[PlannedRow] = field(default_factory=list)
    customers: list[Write] = field(default_factory=list)
    contacts: list[Write] = field(default_factory=list)
    subscriptions: list[Write] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)  # lines of people who were erased on request

    @property
    def problems(self) -> list[PlannedRow]:
        """The bad rows."""
        return [row for row in self.rows if row.problems]

    @property
    def changing(self) -> list[PlannedRow]:
        """The rows that would make or change something."""
        return [row for row in self.rows if row.kind in ("new", "changed")]

    @property
    def counts(self) -> dict[Kind, int]:
        """How many lines of each kind."""
        found = Counter(row.kind for row in self.rows)
        return {"new": found["new"], "changed": found["changed"], "same": found["same"], "bad": found["bad"]}

    @property
    def changes_nothing(self) -> bool:
        """True when every line says what is known already."""
        return not (self.customers or self.contacts or self.subscriptions)

    @property
    def digest(self) -> str:
        """A fingerprint of all that would be done: two plans with the same one do the same."""
        said = [
            [r.line, r.kind, [[c.what, c.before, c.after] for c in r.changes], r.problems, r.notes] for r in self.rows
        ]
        said.append([*self.left_out])
        done = [write.values() for writes in (self.customers, self.contacts, self.subscriptions) for write in writes]
        return hashlib.sha256(json.dumps([said, done], sort_keys=True).encode()).hexdigest()


def plan(table: Table, *, lock: bool = False, tell: Callable[[int], None] = lambda _: None) -> ImportPlan:
    """Compare a table with what is known. `lock` (inside a transaction) keeps the rows until they are written.

    `tell` hears from time to time how many rows are done.
    """
    landscape = Landscape.load()
    entries = []
    for number, row in enumerate(table.rows):
        entries.append(understand(row, landscape))
        if number % TELL_EVERY == 0:
            tell(number // 2)
    existing = Existing.load(entries, landscape, lock=lock)
    planner = _Planner(ImportPlan(table), existing)
    for number, entry in enumerate(entries):
        planner.add(entry)
        if number % TELL_EVERY == 0:
            tell((len(entries) + number) // 2)
    return planner.plan


def _notes(customer: Customer, reference: str) -> list[str]:
    """What happened to the customer of a line, where it changes what the line does."""
    if customer.reference != reference:
        where = f"{reference} is part of {customer.name} ({customer.reference}) by now"
        found = [f"{where}: new contacts and services go there, and nothing else of it changes."]
    else:
        found = []
    if not customer.is_active:
        found.append(f"{customer.name} is no longer served: nobody there is told of anything until it is active again.")
    return found


@dataclass(slots=True)
class _Planner:
    """Goes through the entries in the order of the file; earlier lines count as known to later ones."""

    plan: ImportPlan
    existing: Existing
    said: dict[tuple[str, str], tuple[int, Value]] = field(default_factory=dict)  # (reference, field) -> line, value
    seen: dict[tuple[str, str], int] = field(default_factory=dict)  # (reference, address) -> line
    writes: dict[int, Write] = field(default_factory=dict)  # id() of a row of the database

    def add(self, entry: Entry) -> None:
        """Plan one line."""
        self._find_contradictions(entry)
        planned = PlannedRow(
            entry.line, "bad", str(entry.customer.get("name", entry.reference)), str(entry.contact.get("name", ""))
        )
        self.plan.rows.append(planned)
        planned.problems = entry.problems
        if entry.problems:
            return
        is_new = self._plan_customer(entry, planned)
        customer = self.existing.customers[entry.reference]
        planned.notes += _notes(customer, entry.reference)
        if entry.contact:
            is_new = self._plan_contact(entry, customer, planned)
        for use in entry.uses:
            self._plan_use(use, customer, planned)
        if planned.problems:
            return
        planned.kind = "new" if is_new else "changed" if planned.changes else "same"

    def _find_contradictions(self, entry: Entry) -> None:
        """Against earlier lines: another name or tier for the same customer, the same contact twice."""
        for name, value in entry.customer.items():
            line, earlier = self.said.setdefault((entry.reference, name), (entry.line, value))
            if earlier != value:
                label = LABELS.get(name, name)
                entry.problems.append(f"{label} of {entry.reference} is different in line {line}. Make them the same.")
        holder = self.existing.names.setdefault(str(entry.customer.get("name", "")).lower(), entry.reference)
        if "name" in entry.customer and holder != entry.reference:
            entry.problems.append(f"The name {entry.customer['name']} belongs to the customer {holder} already.")
        address = str(entry.contact.get("email") or entry.contact.get("phone") or "").lower()
        if address:
            line = self.seen.setdefault((entry.reference, address), entry.line)
            if line != entry.line:
                entry.problems.append(f"This contact is in line {line} already.")

    def _plan_customer(self, entry: Entry, planned: PlannedRow) -> bool:
        """True when the line makes the customer."""
        customer = self.existing.customers.get(entry.reference)
        if customer is not None and customer.reference != entry.reference:
            return False  # merged away: its line says nothing of the customer that it is part of
        if customer is not None:
            self._change(customer, entry.customer, self.plan.customers, planned, "")
            return False
        # Nothing else is known of a new customer: its first contact's language and time zone.
        first = {name: entry.contact[name] for name in ("language", "time_zone") if name in entry.contact}
        customer = Customer(**entry.customer, **first)
        self.existing.customers[entry.reference] = customer
        self._create(customer, entry.customer, self.plan.customers, planned, "customer ")
        return True

    def _plan_contact(self, entry: Entry, customer: Customer, planned: PlannedRow) -> bool:
        """True when the line makes the contact."""
        contact, problem = self.existing.contact(customer, entry.contact)
        if problem:
            planned.problems.append(problem)
            planned.changes.clear()
            return False
        if contact is not None and customer.reference != entry.reference:
            return False  # likewise
        if contact is not None and is_part(contact):
            # The file's old key: it says nothing of the person that it is part of by now.
            planned.notes.append(
                f"{contact.email or contact.phone} is part of another contact by now: nothing changes."
            )
            return False
        if contact is not None:
            if not contact.is_active:
                planned.notes.append(f"{contact.name} is not active and stays so: nothing is sent to them.")
            if contact.email.lower() == str(entry.contact.get("email", "")).lower():
                entry.contact.pop("email", None)  # capitals alone are no change
            self._change(contact, entry.contact, self.plan.contacts, planned, "contact ")
            return False
        if self.existing.was_erased(entry.contact):
            # Neither made again nor a reason to refuse the whole file: their own word stands.
            self.plan.left_out.append(entry.line)
            planned.contact = ""
            return False
        inherited = {"language": customer.language, "time_zone": customer.time_zone}
        contact = Contact(customer=customer, **{**inherited, **entry.contact})
        contact.wants_email = bool(contact.email)
        contact.wants_sms = not contact.email
        self.existing.contacts.setdefault(customer.reference, []).append(contact)
        self._create(contact, entry.contact, self.plan.contacts, planned, "contact ")
        return True

    def _plan_use(self, use: Use, customer: Customer, planned: PlannedRow) -> None:
        """A subscription that is missing."""
        key = (customer.reference, use.service_id, use.region_id, use.instance_id)
        if key in self.existing.uses:
            return
        self.existing.uses.add(key)
        row = Subscription(
            customer=customer,
            service_id=use.service_id,
            region_id=use.region_id or None,
            instance_id=use.instance_id or None,
        )
        self.plan.subscriptions.append(Write(row, is_new=True))
        planned.changes.append(Change("uses", "", use.label))

    def _create(
        self, row: Customer | Contact, values: dict[str, Value], into: list[Write], planned: PlannedRow, prefix: str
    ) -> None:
        write = Write(row, is_new=True)
        self.writes[id(row)] = write
        into.append(write)
        for name, value in values.items():
            planned.changes.append(Change(f"{prefix}{LABELS.get(name, name)}", "", self.existing.shown(name, value)))

    def _change(
        self, row: Customer | Contact, values: dict[str, Value], into: list[Write], planned: PlannedRow, prefix: str
    ) -> None:
        for name, value in values.items():
            before = getattr(row, name)
            if before == value:
                continue
            setattr(row, name, value)
            write = self.writes.get(id(row))
            if write is None:
                write = self.writes[id(row)] = Write(row, is_new=False)
                into.append(write)
            write.fields.add(name)
            write.before.setdefault(name, before)
            shown = self.existing.shown
            planned.changes.append(Change(f"{prefix}{LABELS.get(name, name)}", shown(name, before), shown(name, value)))
