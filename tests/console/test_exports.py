"""Lists as files: what the list shows, nothing that a spreadsheet computes, only for those who may, and recorded."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from crisisdesk.core import clock, exporting
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from customers.erasing import erase_contact
from customers.models import Contact, Customer, Delivery
from incidents.models import Update
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
EVIL = '=HYPERLINK("http://evil.example")'
LISTS = {
    "customers": "/admin/customers/customer/export/",
    "contacts": "/admin/customers/contact/export/",
    "deliveries": "/admin/customers/delivery/export/",
    "incidents": "/admin/incidents/incident/export/",
}
MAY: dict[str, set[str]] = {
    "customers": {"dana"},
    "contacts": {"dana"},
    "deliveries": {"dana"},
    "incidents": {"dana", "ivo", "mara", "cleo", "mira", "ada"},
}


def lines(answer: Any) -> list[list[str]]:
    """The cells of a CSV file."""
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def cells(answer: Any) -> list[list[object]]:
    """The cells of a workbook."""
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.rows]


@pytest.fixture
def told(settings: Any, by_ivo: Actor, by_dana: Actor) -> Update:
    """Acme and Globex were told of an outage with a dangerous name."""
    settings.LINK_KEYS = ["k" * 40]
    payments, now = factories.service(), clock.now()
    for name in ("Acme", "Globex"):
        factories.contact(factories.customer(name, payments), name=EVIL, email=f"pat@{name.lower()}.example")
    outage = factories.incident(by_ivo, now, services=[payments], title=EVIL)
    return factories.send(outage, "initial", by_dana, now)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.usefixtures("told")
def test_each_list_comes_in_both_kinds_and_no_cell_is_a_formula(name: str, dana: User, signed_in: SignIn) -> None:
    browser = signed_in(dana)

    text = lines(browser.post(f"{LISTS[name]}csv/?outcome=all" if name == "deliveries" else f"{LISTS[name]}csv/"))
    book = cells(browser.post(f"{LISTS[name]}xlsx/?outcome=all" if name == "deliveries" else f"{LISTS[name]}xlsx/"))

    assert [["" if cell is None else str(cell) for cell in row] for row in book] == text
    assert len(text) > 1
    assert f"'{EVIL}" in [cell for row in text for cell in row]
    assert not [cell for row in text for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    recorded = AuditEntry.objects.filter(action="list.exported")
    assert [(row.data["list"], row.data["kind"], row.data["rows"] > 0) for row in recorded.order_by("pk")] == [
        (name, "csv", True),
        (name, "xlsx", True),
    ]
    assert "evil" not in str([row.data for row in recorded])


@pytest.mark.usefixtures("told")
def test_search_and_filters_of_the_list_count(dana: User, signed_in: SignIn) -> None:
    browser = signed_in(dana)
    message = Delivery.objects.values_list("message", flat=True)[0]

    contacts = lines(
        browser.post(f"{LISTS['contacts']}csv/?customer__id__exact={Customer.objects.get(name='Acme').pk}")
    )
    none = lines(browser.post(f"{LISTS['deliveries']}csv/?message={message}&outcome=sent"))
    every = lines(browser.post(f"{LISTS['deliveries']}csv/?message={message}&outcome=all"))

    assert {row[1] for row in contacts[1:]} == {"Acme"}
    assert (len(none), len(every)) == (1, 1 + Delivery.objects.count())


@pytest.mark.usefixtures("told")
def test_the_buttons_are_there_for_those_who_may_and_the_files_too(
    dana: User, ivo: User, mara: User, cleo: User, mira: User, ada: User, signed_in: SignIn
) -> None:
    for person in (dana, ivo, mara, cleo, mira, ada):
        browser = signed_in(person)
        for name, address in LISTS.items():
            may = person.username in MAY[name]
            answer = browser.post(f"{address}csv/")
            assert answer.status_code == (200 if may else 403), (person, name)
            page = browser.get(address.removesuffix("export/"))
            if page.status_code == 200:
                assert (f"{address}csv/" in page.content.decode()) is may, (person, name)
            assert browser.get(f"{address}csv/").status_code == 405
    assert AuditEntry.objects.filter(action="list.exported").count() == sum(map(len, MAY.values()))


@pytest.mark.usefixtures("told")
def test_a_list_that_is_too_long_is_refused_with_what_to_do(
    dana: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(exporting.MOST, "xlsx", 1)

    answer = signed_in(dana).post(f"{LISTS['contacts']}xlsx/?q=a", follow=True)

    assert "A file holds at most 1 rows: narrow the list by search or filter, or take CSV." in answer.content.decode()
    assert not AuditEntry.objects.filter(action="list.exported").exists()


def test_the_deliveries_of_a_message_leave_from_its_page(
    told: Update, dana: User, mira: User, signed_in: SignIn
) -> None:
    update = told
    page = signed_in(dana).get(f"/admin/updates/{update.pk}/deliveries/").content.decode()

    assert f"{LISTS['deliveries']}csv/?message={update.message_id}&amp;outcome=all" in page
    assert LISTS["deliveries"] not in signed_in(mira).get(f"/admin/updates/{update.pk}/deliveries/").content.decode()


def test_an_erased_person_is_in_no_file(dana: User, by_dana: Actor, signed_in: SignIn) -> None:
    contact = factories.contact(factories.customer("Acme"))
    erase_contact(contact, reason="asked for it", by=by_dana, now=clock.now())

    text = lines(signed_in(dana).post(f"{LISTS['contacts']}csv/"))

    assert len(text) == 1
    assert Contact.objects.count() == 1
    assert "Erased person" not in str(text)
