"""An export is an import file: safe in a spreadsheet, and the same when it comes back."""

from __future__ import annotations

import csv
import io

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.sheets import file_of
from customers.imports import plan, read
from customers.imports.columns import NAMES
from customers.imports.export import export_rows
from customers.models import Contact, Customer
from tests.customers.imports.conftest import ACME, GLOBEX, import_lines

pytestmark = pytest.mark.usefixtures("landscape")


def exported() -> list[list[str]]:
    """All rows, as they stand in the file."""
    answer = file_of(([*row] for row in export_rows(Customer.objects.order_by("name"))), "csv", name="customers")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


def as_file(rows: list[list[str]]) -> bytes:
    """The rows as a CSV file."""
    target = io.StringIO()
    csv.writer(target).writerows([NAMES, *rows])
    return target.getvalue().encode("utf-8-sig")


def test_it_exports_a_row_per_contact(by_dana: Actor) -> None:
    import_lines(by_dana, ACME, GLOBEX, "H-1,Hooli,,,,,,,,")

    assert exported() == [
        [
            "A-1",
            "Acme",
            "enterprise",
            "",
            "Ann Adler",
            "ann@acme.example",
            "'+14155550123",
            "en",
            "America/New_York",
            "checkout; payments-api@eu-west/7",
        ],
        [
            "G-1",
            "Globex",
            "standard",
            "",
            "Gus Grau",
            "gus@globex.example",
            "",
            "de",
            "Europe/Berlin",
            "checkout@us-east",
        ],
        ["H-1", "Hooli", "standard", "", "", "", "", "en", "UTC", ""],
    ]


def test_what_was_exported_changes_nothing_when_it_is_imported(by_dana: Actor) -> None:
    import_lines(by_dana, ACME, GLOBEX, '"=1+1","@SUM(A1)",,,-Ann,ann@x.example,,,,')

    again = plan(read(as_file(exported())))

    assert not again.problems
    assert again.changes_nothing


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1:A9)", '=HYPERLINK("http://evil.example")']
)
def test_no_exported_cell_can_become_a_formula(name: str, by_dana: Actor) -> None:
    acme = Customer.objects.create(name=name, reference=name)
    Contact.objects.create(customer=acme, name=name, email="ann@acme.example")

    [row] = exported()

    assert row[0] == row[1] == row[4] == f"'{name}"


def test_it_leaves_out_whoever_is_gone(by_dana: Actor) -> None:
    import_lines(by_dana, ACME, GLOBEX)
    Customer.objects.filter(reference="G-1").update(is_active=False)
    Contact.objects.filter(email="ann@acme.example").update(is_active=False)

    assert [row[:5] for row in exported()] == [["A-1", "Acme", "enterprise", "", ""]]
