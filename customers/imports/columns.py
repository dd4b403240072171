"""The columns of the file, in the order of an export."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, whether a file must have it, and what it holds, for the page and the reference."""

    name: str
    required: bool
    help: str


COLUMNS = (
    Column(
        "customer_reference", True, "The customer's key in your CRM or billing. Rows with the same one belong together."
    ),
    Column("customer", True, "The customer's name."),
    Column("tier", False, "standard, business or enterprise."),
    Column("account_owner", False, "E-mail address or user name of the person in charge at your company."),
    Column("contact_name", False, "The contact's name."),
    Column("email", False, "The contact's e-mail address; contacts are recognised by it."),
    Column("phone", False, "With the country code, such as +14155550123."),
    Column("language", False, "The language to write in, such as en or de."),
    Column("time_zone", False, "An IANA name such as Europe/Berlin."),
    Column("services", False, "What the customer uses: payments-api; checkout@eu-west; payments-api@eu-west/7."),
)
NAMES = tuple(column.name for column in COLUMNS)
REQUIRED = tuple(column.name for column in COLUMNS if column.required)
