"""Files with headings of their own: a person says once what the columns hold."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from customers.imports import mapping
from customers.models import ColumnMapping, Contact, Customer
from tests.customers.imports.conftest import xlsx_file
from tests.customers.imports.test_admin_import import browser, confirm, press, text, upload

pytestmark = pytest.mark.usefixtures("landscape")
__all__ = ["browser"]
CRM = b"Kundennummer;Firma;Ansprechpartner;E-Mail;Umsatz 2025\r\nA-1;Acme;Ann Adler;ann@acme.example;12\r\n"


def chosen(page: HttpResponse) -> list[str]:
    """What stands in the lists of columns."""
    lists = re.findall(r'<select name="column".*?</select>', page.content.decode(), re.DOTALL)
    return ["".join(re.findall(r'value="(\w*)" selected', one)) for one in lists]


def test_unknown_headings_are_asked_for_with_a_proposal(browser: Client) -> None:
    page = upload(browser, CRM, "Kunden 2026-03.csv")

    assert "What do the columns hold?" in text(page)
    assert chosen(page) == ["customer_reference", "customer", "contact_name", "email", ""]
    assert "ann@acme.example" in text(page)
    assert 'value="Kunden"' in page.content.decode()


def test_the_answer_is_kept_for_the_next_file_with_these_headings(browser: Client) -> None:
    preview = press(browser, upload(browser, CRM), "columns", source="Our CRM", column=chosen(upload(browser, CRM)))
    confirm(browser, preview)
    assert Contact.objects.get(customer__reference="A-1").email == "ann@acme.example"

    again = upload(browser, CRM.replace(b"Ann Adler", b"Ann Ardent"))

    assert "Columns read as “Our CRM”, named by Dana Reyes" in text(again)
    assert "0 new, 1 changed, 0 the same." in text(again)
    confirm(browser, again)
    assert Contact.objects.get().name == "Ann Ardent"


def test_a_file_with_the_same_columns_in_another_order_gets_the_same_proposal(browser: Client) -> None:
    press(
        browser,
        upload(browser, CRM),
        "columns",
        source="CRM",
        column=["customer_reference", "customer", "", "email", ""],
    )
    page = upload(
        browser, xlsx_file(["E-Mail", "Umsatz 2025", "Firma", "Kundennummer"], ["x@y.example", 1, "Y", "Y-1"])
    )

    assert chosen(page) == ["email", "", "customer", "customer_reference"]


@pytest.mark.parametrize(
    ("column", "source", "says"),
    [
        (["customer", "", "", "", ""], "CRM", "Say which column holds customer_reference"),
        (["customer_reference", "customer", "customer", "", ""], "CRM", "Two columns cannot both hold customer."),
        (["customer_reference", "customer", "", "", ""], " ", "Give this kind of file a name"),
    ],
)
def test_an_impossible_answer_is_refused_and_what_was_chosen_stays(
    browser: Client, column: list[str], source: str, says: str
) -> None:
    page = press(browser, upload(browser, CRM), "columns", source=source, column=column)

    assert says in text(page)
    assert chosen(page) == column
    assert not ColumnMapping.objects.exists()
    assert not Customer.objects.exists()


def test_the_columns_can_be_changed_while_the_preview_stands(browser: Client) -> None:
    page = upload(browser, CRM)
    wrong = press(browser, page, "columns", source="CRM", column=["customer_reference", "customer", "", "phone", ""])
    assert "1 bad row" in text(wrong)

    address = wrong.redirect_chain[-1][0]  # type: ignore[attr-defined]
    asked = browser.get(f"{address}?columns=1")
    right = press(browser, asked, "columns", source="CRM", column=chosen(page))  # type: ignore[arg-type]

    assert "1 new, 0 changed, 0 the same." in text(right)


def test_our_own_headings_are_never_asked_for() -> None:
    assert mapping.known(["Customer reference", "CUSTOMER", "e mail"]) is None
    assert mapping.known(["Customer reference", "CUSTOMER", "email"]) == (
        ["customer_reference", "customer", "email"],
        "",
    )
