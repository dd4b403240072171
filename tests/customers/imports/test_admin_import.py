"""Import and export in the console: preview, confirm, refusals, and who may."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from crisisdesk.core import clock
from crisisdesk.core.models import AuditEntry, User
from customers.models import Customer, CustomerImport, ImportState
from tests.customers.imports.conftest import ACME, GLOBEX, csv_file

pytestmark = pytest.mark.usefixtures("landscape")
SignIn = Callable[[User], Client]
IMPORT = "/admin/customers/customer/import/"
EXPORT = "/admin/customers/customer/export/csv/"


@pytest.fixture
def browser(dana: User, signed_in: SignIn) -> Client:
    """Dana, signed in."""
    return signed_in(dana)


def upload(browser: Client, content: bytes, name: str = "customers.csv") -> HttpResponse:
    """Give a file."""
    file = SimpleUploadedFile(name, content)
    return browser.post(IMPORT, {"import_file": file}, follow=True)  # type: ignore[return-value]


def press(browser: Client, page: HttpResponse, step: str, **fields: object) -> HttpResponse:
    """Press a button of an import's page."""
    found = re.search(rf'action="([^"]*/{step}/)"', page.content.decode())
    assert found, f"There is no button {step}."
    hidden = dict(re.findall(r'<input type="hidden" name="(shown)" value="([^"]*)"', page.content.decode()))
    return browser.post(found[1], {**hidden, **fields}, follow=True)  # type: ignore[return-value]


def confirm(browser: Client, preview: HttpResponse) -> HttpResponse:
    """Press the button of the preview."""
    return press(browser, preview, "confirm")


def text(response: HttpResponse) -> str:
    """What a person reads, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_it_explains_the_columns(browser: Client) -> None:
    page = text(browser.get(IMPORT))  # type: ignore[arg-type]

    assert "customer_reference (required)" in page
    assert "payments-api@eu-west/7" in page


def test_it_shows_a_preview_and_imports_exactly_that(browser: Client) -> None:
    preview = upload(browser, csv_file(ACME, GLOBEX))

    assert "2 new, 0 changed, 0 the same." in text(preview)
    assert "contact phone: +14155550123" in text(preview)
    assert not Customer.objects.exists()

    done = confirm(browser, preview)

    assert "Imported: 2 new customers, 2 new contacts, 3 uses of services added." in text(done)
    assert Customer.objects.count() == 2
    kept = CustomerImport.objects.get()
    assert (kept.state, kept.content, kept.shown) == (ImportState.DONE, None, None)


def test_it_shows_the_old_value_beside_the_new(browser: Client) -> None:
    confirm(browser, upload(browser, csv_file(ACME)))

    preview = upload(browser, csv_file(ACME.replace("enterprise", "business")))

    assert "<del>enterprise</del>" in preview.content.decode()
    assert "0 new, 1 changed, 0 the same." in text(preview)


def test_it_offers_nothing_to_confirm_when_nothing_would_change(browser: Client) -> None:
    confirm(browser, upload(browser, csv_file(ACME)))

    preview = upload(browser, csv_file(ACME))

    assert "nothing would change" in text(preview)
    assert "Import exactly this" not in preview.content.decode()


def test_it_lists_bad_rows_and_offers_no_confirmation(browser: Client) -> None:
    preview = upload(browser, csv_file(ACME, "G-1,Globex,gold,,Gus,gus@,,,,"))

    assert "1 bad row: nothing is imported" in text(preview)
    assert "3 Globex, Gus There is no tier “gold”. Known: business, enterprise, standard. “gus@” is not" in text(
        preview
    )
    assert "Import exactly this" not in preview.content.decode()
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("customer_reference,customer\nA-1,Müller\n".encode("cp1252"), "The file is not in UTF-8: line 2"),
        (b"customer\nAcme\n", "The column customer_reference is missing"),
        (b"\x89PNG\r\n\x1a\n\x00", "This is not a spreadsheet"),
        (b"", "The file is empty."),
    ],
)
def test_it_says_what_is_wrong_with_a_file(browser: Client, content: bytes, says: str) -> None:
    assert says in text(upload(browser, content))
    assert not CustomerImport.objects.exists()


def test_a_second_confirmation_does_nothing(browser: Client) -> None:
    preview = upload(browser, csv_file(ACME))
    confirm(browser, preview)

    again = confirm(browser, preview)

    assert "This file is imported already" in text(again)
    assert Customer.objects.count() == 1


def test_it_refuses_when_customers_changed_since_the_preview(browser: Client) -> None:
    preview = upload(browser, csv_file(ACME))
    Customer.objects.create(name="Acme", reference="A-1")

    assert "The customers have changed since this preview" in text(confirm(browser, preview))
    assert not Customer.objects.get().contacts.exists()


def test_nobody_confirms_what_another_person_looked_at(browser: Client, signed_in: SignIn) -> None:
    preview = upload(browser, csv_file(ACME))
    other = User.objects.create_user(username="del", email="del@vendor.example", is_staff=True)
    other.groups.set(User.objects.get(username="dana").groups.all())

    assert "Somebody else looked at this file" in text(confirm(signed_in(other), preview))
    assert not Customer.objects.exists()


def test_a_file_that_nobody_confirms_is_forgotten_after_a_day(browser: Client) -> None:
    upload(browser, csv_file(ACME))
    CustomerImport.objects.update(created_at=clock.now() - timedelta(hours=25))

    upload(browser, csv_file(GLOBEX))

    assert [one.file_name for one in CustomerImport.objects.all()] == ["customers.csv"]


def test_only_support_imports_and_exports(
    signed_in: SignIn, ivo: User, mara: User, cleo: User, mira: User, ada: User, otto: User, browser: Client
) -> None:
    preview = upload(browser, csv_file(ACME))
    for person in (ivo, mara, cleo, mira, ada):
        client = signed_in(person)
        assert client.get(IMPORT).status_code == 403
        assert upload(client, csv_file(ACME)).status_code == 403
        assert confirm(client, preview).status_code == 403
        assert client.post(EXPORT).status_code == 403
    confirm(signed_in(otto), preview)
    assert signed_in(otto).get(IMPORT).status_code == 302  # to the login page
    assert not Customer.objects.exists()


def test_nothing_is_imported_by_a_get(browser: Client) -> None:
    upload(browser, csv_file(ACME))

    key = CustomerImport.objects.get().uuid
    assert browser.get(reverse("admin:customer_import_step", args=[key, "confirm"])).status_code == 405


def test_it_exports_what_the_list_shows(browser: Client) -> None:
    confirm(browser, upload(browser, csv_file(ACME, GLOBEX)))

    answer = browser.post(f"{EXPORT}?q=acme")
    book = browser.post("/admin/customers/customer/export/xlsx/")

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("customer_reference,customer,tier")
    assert [line.split(",")[0] for line in lines[1:]] == ["A-1"]
    assert "'+14155550123" in lines[1]
    sheet = load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert [row[0].value for row in sheet.rows] == ["customer_reference", "A-1", "G-1"]
    assert AuditEntry.objects.filter(action="list.exported").count() == 2


def test_its_pages_carry_no_inline_script_or_style(browser: Client) -> None:
    pages: list[Any] = [
        browser.get(IMPORT),
        upload(browser, csv_file(ACME)),
        upload(browser, csv_file("bad")),
        browser.get("/admin/customers/customer/"),
    ]

    for page in pages:
        html = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", html)
        assert not re.search(r"<[^>]+\s(style|on\w+)=", html)
        assert "<style" not in html
