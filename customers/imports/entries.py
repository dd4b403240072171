"""One row of the file, understood: values of a customer, of a contact, and what the customer uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from customers.imports import cells
from customers.imports.landscape import Landscape, Use
from customers.imports.reading import Row
from customers.models import Contact, Customer

Value = str | int


@dataclass(slots=True)
class Entry:
    """A row's values by field; a cell that is empty says nothing, so its field is missing."""

    line: int
    reference: str
    customer: dict[str, Value] = field(default_factory=dict)
    contact: dict[str, Value] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


_CONTACT_CELLS: dict[str, tuple[str, Callable[[str], Value]]] = {
    "contact_name": ("name", lambda word: cells.text(word, "name", Contact)),
    "email": ("email", cells.email),
    "phone": ("phone", cells.phone),
    "language": ("language", cells.language),
    "time_zone": ("time_zone", cells.time_zone),
}


def understand(row: Row, landscape: Landscape) -> Entry:
    """Every cell is looked at, so that all that is wrong with a row is said at once."""
    entry = Entry(row.line, row.cells["customer_reference"])
    customer_cells: dict[str, tuple[str, Callable[[str], Value]]] = {
        "customer_reference": ("reference", lambda word: cells.text(word, "reference", Customer)),
        "customer": ("name", lambda word: cells.text(word, "name", Customer)),
        "tier": ("tier", cells.tier),
        "account_owner": ("account_owner_id", lambda word: landscape.person(word).pk),
    }
    _fill(entry, entry.customer, row, customer_cells)
    _fill(entry, entry.contact, row, _CONTACT_CELLS)
    for column in ("customer_reference", "customer"):
        if not row.cells[column]:
            entry.problems.append(f"{column} is empty.")
    if any(row.cells[column] for column in ("contact_name", "email", "phone")):
        if not row.cells["email"] and not row.cells["phone"]:
            entry.problems.append("The contact has neither email nor phone.")
        if not row.cells["contact_name"]:
            entry.problems.append("contact_name is empty.")
    else:
        entry.contact = {}
    entry.uses, wrong = landscape.uses(row.cells["services"])
    entry.problems += wrong
    return entry


def _fill(
    entry: Entry, values: dict[str, Value], row: Row, meanings: dict[str, tuple[str, Callable[[str], Value]]]
) -> None:
    """Put what the cells mean into `values`, and what is wrong with them into the entry's problems."""
    for column, (name, meaning) in meanings.items():
        if row.cells[column]:
            try:
                values[name] = meaning(row.cells[column])
            except ValueError as error:
                entry.problems.append(str(error))
