"""Files as CSV tools and Excel write them; and each refusal of a file as a whole, in plain words."""

from __future__ import annotations

import io
import zipfile

import pytest

from crisisdesk.core.refusals import InvalidInput
from crisisdesk.core.sheets import guarded
from customers.imports import read, reading
from tests.customers.imports.conftest import csv_file, xlsx_file

SHORT = ("customer_reference", "customer", "email")


def cells(content: bytes) -> list[tuple[int | str, ...]]:
    """Line, reference, name and e-mail of each row."""
    return [(row.line, *(row.cells[name] for name in SHORT)) for row in read(content).rows]


def refused(content: bytes) -> str:
    """The text with which the file is refused."""
    with pytest.raises(InvalidInput) as raised:
        read(content)
    return str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        "customer_reference,customer,email\r\nA-1,Müller & Söhne,a@a.example\r\n".encode(),
        "\ufeffcustomer_reference;customer;email\r\nA-1;Müller & Söhne;a@a.example\r\n".encode(),
        "sep=;\r\ncustomer_reference;customer;email\r\nA-1;Müller & Söhne;a@a.example\r\n".encode(),
        "customer_reference\tcustomer\temail\nA-1\tMüller & Söhne\ta@a.example".encode("utf-16"),
        'Customer Reference,CUSTOMER,e-mail\nA-1," Müller  &\tSöhne ",a@a.example\n'.replace(
            "e-mail", "Email"
        ).encode(),
        "customer_reference,customer,email\rA-1,Mu\u0308ller & So\u0308hne,a@a.example\r".encode(),
    ],
    ids=["plain", "european Excel", "with sep=", "unicode text", "typed by hand", "old Mac, decomposed"],
)
def test_it_reads_csv_however_it_was_saved(content: bytes) -> None:
    assert [row[1:] for row in cells(content)] == [("A-1", "Müller & Söhne", "a@a.example")]


def test_it_names_the_line_a_person_sees_in_an_editor() -> None:
    content = b'customer_reference,customer,email\n\nA-1,"Two\nlines",a@a.example\nA-2,Other,b@a.example\n'

    assert cells(content) == [(3, "A-1", "Two lines", "a@a.example"), (5, "A-2", "Other", "b@a.example")]


def test_it_reads_workbooks_with_numbers_as_texts() -> None:
    content = xlsx_file(
        ("customer_reference", "customer", "email", "phone"),
        (1001, "Acme", "a@a.example", 493023125000),
        (None, None, None, None),
        (1002.0, "Globex", "b@a.example", "+33639980000"),
    )

    rows = read(content).rows
    assert [(row.line, row.cells["customer_reference"], row.cells["phone"]) for row in rows] == [
        (2, "1001", "493023125000"),
        (4, "1002", "+33639980000"),
    ]


def test_it_keeps_formulas_as_text_and_computes_nothing() -> None:
    content = xlsx_file(SHORT, ("A-1", '=HYPERLINK("http://evil.example")', "a@a.example"))

    assert cells(content) == [(2, "A-1", '=HYPERLINK("http://evil.example")', "a@a.example")]


def test_it_takes_off_the_guard_that_an_export_puts_on() -> None:
    assert reading.clean(guarded("+14155550123")) == "+14155550123"
    assert reading.clean("'s-Hertogenbosch") == "'s-Hertogenbosch"


def test_it_drops_control_characters_and_direction_overrides() -> None:
    assert reading.clean("Ac\u202eme\x07\x00 \u2066Ltd\u2069") == "Acme Ltd"
    assert reading.clean("👩‍🚀 Space") == "👩‍🚀 Space"


def test_it_refuses_another_encoding_and_names_the_line() -> None:
    text = refused("customer_reference,customer\nA-1,Acme\nA-2,Müller\n".encode("cp1252"))

    assert text.startswith("The file is not in UTF-8: line 3")
    assert "CSV UTF-8" in text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"\r\n \r\n", "The file is empty"),
        (b"customer_reference,customer\n", "no rows"),
        (b"customer,email\nAcme,a@a.example\n", "customer_reference is missing"),
        (b"customer_reference,customer,e_mial\nA-1,Acme,x\n", "There is no column “e_mial”"),
        (b"customer_reference,customer,email,email\nA-1,Acme,x,y\n", "email is there twice"),
        (b'customer_reference,customer\nA-1,"Acme\nA-2,Globex\n', "Line 2 is not proper CSV"),
        (b"%PDF-1.7\x00\xff\xfe", "not a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        (b"PK\x03\x04 but no archive", "not an Excel workbook"),
        (xlsx_file(SHORT), "no rows"),
    ],
)
def test_it_refuses_what_is_no_such_file(content: bytes, says: str) -> None:
    assert says in refused(content)


def test_it_refuses_an_archive_that_is_no_workbook() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("readme.txt", "hello")

    assert "not an Excel workbook" in refused(target.getvalue())


def test_it_refuses_files_that_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "most_rows", lambda: 2)
    assert "more than 2 rows" in refused(csv_file("A,A", "B,B", "C,C"))
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 10)
    assert "too large when unpacked" in refused(xlsx_file(SHORT, ("A-1", "Acme", "")))
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    assert "larger than" in refused(csv_file("A,A"))


def damaged(how: str) -> bytes:
    """A workbook with one part of it spoilt."""
    content = bytearray(xlsx_file(SHORT, ("A-1", "Acme", "a@a.example")))
    if how == "encrypted":
        for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = -1
            while (place := content.find(sign, place + 1)) >= 0:
                content[place + offset] |= 1
        return bytes(content)
    place = content.find(b"xl/worksheets/sheet1.xml") + 60
    for spoilt in range(place, place + 40):
        content[spoilt] ^= 0x55
    return bytes(content[: len(content) // 2] if how == "cut off" else content)


@pytest.mark.parametrize("how", ["spoilt", "cut off", "encrypted"])
def test_a_damaged_workbook_is_refused_in_words(how: str) -> None:
    assert "not an Excel workbook, or it is damaged" in refused(damaged(how))


def test_more_columns_than_anybody_could_name_are_refused() -> None:
    assert "more than 200 columns" in refused(("a," * 300 + "b\nx\n").encode())
    assert refused(("," * 300 + "\n").encode()).startswith("The file is empty")
