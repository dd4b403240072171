"""From the bytes of a file to rows of text. CSV as people and Excel write it, and XLSX; nothing is evaluated."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import TypeVar
from unicodedata import category, normalize

from django.db import connection

from crisisdesk.core.refusals import InvalidInput
from crisisdesk.core.sheets import FORMULA_STARTS, GUARD
from customers.imports.columns import NAMES, REQUIRED

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_ROWS = 50_000
# One import is one transaction, and SQLite has one writer: a longer one would hold up the sender and the promises.
MAX_ROWS_OF_SQLITE = 5_000
# A page asks what each of them holds.
MAX_COLUMNS = 200
FIRST_ROWS = 3
# How a workbook that is damaged, encrypted or none shows itself, from zip, compression and XML.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    EOFError,
    OSError,
)
T = TypeVar("T")
XLSX_START = b"PK\x03\x04"
OLD_EXCEL_START = b"\xd0\xcf\x11\xe0"
BLANKS = "\t\r\n"
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file; `cells` has a text for every known column, "" where the file has none."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """What the file says. `name` is the file's, for people."""

    name: str
    rows: tuple[Row, ...]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Beginning:
    """The headings of a file, and its first rows as they stand."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def beginning(content: bytes) -> Beginning:
    """The first line and a few rows, to ask a person what the columns hold. Raises InvalidInput as `read`."""
    filled = ((number, cells) for number, cells in _lines(content) if any(cells))
    first = [tuple(cells) for _, cells in islice(filled, 1 + FIRST_ROWS)]
    if not first:
        raise _bad("The file is empty. The first line must name the columns.")
    return Beginning(first[0], tuple(first[1:]))


def read(content: bytes, *, name: str = "the file", columns: Sequence[str] | None = None) -> Table:
    """Read a CSV or XLSX file; which of them it is follows from its first bytes.

    `columns` names what each column holds ("" for one that is left out); without it the headings are our own names.
    Raises InvalidInput with a text that says what is wrong with the file as a whole and what to do.
    """
    return Table(name, tuple(_rows(_lines(content), columns)))


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line, whichever kind of file it is."""
    if len(content) > MAX_BYTES:
        raise _bad(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it and import the parts.")
    if content.startswith(OLD_EXCEL_START):
        raise _bad(
            "This is an old Excel file (.xls), or one with a password. Save it as .xlsx without one, or as CSV UTF-8."
        )
    return _xlsx_lines(content) if content.startswith(XLSX_START) else _csv_lines(content)


def _bad(text: str) -> InvalidInput:
    return InvalidInput({"file": text})


def _rows(lines: Iterator[tuple[int, list[str]]], given: Sequence[str] | None) -> Iterator[Row]:
    """Headers from the first line that is not blank, then a row for every other."""
    filled = ((number, cells) for number, cells in lines if any(cells))
    header = next(filled, None)
    if header is None:
        raise _bad("The file is empty. The first line must name the columns.")
    columns = named_columns(header[1]) if given is None else list(given)
    count = 0
    for number, cells in filled:
        count += 1
        if count > most_rows():
            raise _bad(f"The file has more than {most_rows():,} rows. Split it and import the parts.{_why_so_few()}")
        values = dict.fromkeys(NAMES, "")
        values.update({name: cell for name, cell in zip(columns, cells, strict=False) if name})
        yield Row(number, values)
    if not count:
        raise _bad("The file has column names but no rows.")


def most_rows() -> int:
    """How many rows a file may have here."""
    return MAX_ROWS_OF_SQLITE if connection.vendor == "sqlite" else MAX_ROWS


def _why_so_few() -> str:
    longer = " On SQLite a longer import would hold up the sender and the promises; PostgreSQL takes {:,} rows."
    return longer.format(MAX_ROWS) if connection.vendor == "sqlite" else ""


def plain_heading(cell: str) -> str:
    """A heading as we compare it: no capitals, blanks and hyphens as underscores."""
    return cell.casefold().replace(" ", "_").replace("-", "_")


def named_columns(header: Iterable[str]) -> list[str]:
    """The column names as we know them; raises InvalidInput for a missing one, an unknown one and one given twice."""
    names = [plain_heading(cell) for cell in header]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise _bad(
            f"The column {' and '.join(missing)} is missing. The first line must name the columns: {', '.join(NAMES)}."
        )
    unknown = [name for name in names if name and name not in NAMES]
    if unknown:
        raise _bad(f"There is no column “{unknown[0]}”. The columns are: {', '.join(NAMES)}.")
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise _bad(f"The column {twice[0]} is there twice.")
    return names


def _csv_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Lines of a CSV file: number of its first line, and cells. Separator by the first line: , or ; or tab."""
    text = _decoded(content)
    if "\0" in text:
        raise _bad("This is not a spreadsheet. Give a CSV file or an Excel workbook (.xlsx).")
    skipped = 0
    if text[:4].lower() == "sep=":  # Excel's own hint about the separator, for itself
        text, skipped = text.partition("\n")[2], 1
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1 + skipped
    try:
        for cells in reader:
            yield start, [clean(cell) for cell in _bounded(cells)]
            start = reader.line_num + 1 + skipped
    except csv.Error as error:
        raise _bad(f"Line {start} is not proper CSV: {error}. A quote may be missing or too many.") from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, or UTF-16 with it. Nothing is guessed: a guess would spoil names."""
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in content:
            raise _bad("This is not a spreadsheet. Give a CSV file or an Excel workbook (.xlsx).") from error
        line = content.count(b"\n", 0, error.start) + 1
        raise _bad(
            f"The file is not in UTF-8: line {line} has a character in another encoding. "
            "In Excel, save it as “CSV UTF-8”, or as .xlsx."
        ) from error


def _bounded(cells: Sequence[T]) -> Sequence[T]:
    """The cells of a line without the empty ones at its end; raises InvalidInput for more than anybody could name."""
    filled = len(cells)
    while filled and cells[filled - 1] in (None, ""):
        filled -= 1
    if filled > MAX_COLUMNS:
        raise _bad(f"The file has more than {MAX_COLUMNS} columns. Keep those about customers and contacts.")
    return cells[:filled]


def _xlsx_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Lines of the first sheet of a workbook. Formulas are read as the text that they are, never computed."""
    # Two thirds of a second, which a process that reads no workbook need not spend when it starts.
    from openpyxl import load_workbook  # noqa: PLC0415

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise _bad("The workbook is too large when unpacked. Split it and import the parts.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        try:
            for number, values in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
                yield number, [clean(_text(value)) for value in _bounded(values)]
        finally:
            book.close()
    except _DAMAGE as error:
        raise _bad("This is not an Excel workbook, or it is damaged. Open it in Excel and save it again.") from error


def _text(value: object) -> str:
    """A cell as its text: whole numbers without the decimals that Excel gives them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def clean(text: str) -> str:
    """The text in one normal form: composed, no control characters, no outer blanks, no guard of an export.

    Overrides of the writing direction go too: they can make one address look like another.
    """
    composed = normalize("NFC", text)
    plain = "".join(sign for sign in composed if sign in BLANKS or (category(sign) != "Cc" and sign not in BIDI))
    plain = " ".join(plain.split())
    if plain.startswith(GUARD) and plain[1:].startswith(FORMULA_STARTS):
        return plain[1:]
    return plain
