"""Lists as files for spreadsheets: CSV as a stream, or an Excel workbook. No cell becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("csv", "xlsx")
# What XML cannot hold, but for tab and line ends.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
# What a spreadsheet would take for a formula gets an apostrophe in front (OWASP ASVS 5.0, 1.2.10).
GUARD = "'"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
# So that Excel recognises UTF-8.
MARK = "\ufeff"

Cell = str | int | float
Rows = Iterator[list[Cell]]


def file_of(rows: Iterable[list[Cell]], kind: str, *, name: str) -> HttpResponseBase:
    """The rows as a download called `name`, with the ending of its `kind` (one of `KINDS`)."""
    response = _workbook(rows, name) if kind == "xlsx" else _csv(rows)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response


def guarded(text: str) -> str:
    """The text with a guard where a spreadsheet would take it for a formula."""
    return GUARD + text if text.startswith(FORMULA_STARTS) else text


def utc(moment: datetime | None) -> str:
    """A moment as ISO 8601 in UTC; "" for none."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _csv(rows: Iterable[list[Cell]]) -> StreamingHttpResponse:
    return StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")


def _lines(rows: Iterable[list[Cell]]) -> Iterator[str]:
    yield MARK
    for cells in rows:
        text = io.StringIO()
        csv.writer(text).writerow([_safe(cell) for cell in cells])
        yield text.getvalue()


def _workbook(rows: Iterable[list[Cell]], name: str) -> HttpResponse:
    # Two thirds of a second, which a process that writes no workbook need not spend when it starts.
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name.capitalize()[:31])
    for cells in rows:
        sheet.append([_storable(_safe(cell)) for cell in cells])
    content = io.BytesIO()
    book.save(content)
    return HttpResponse(content.getvalue(), content_type=XLSX)


def _safe(cell: Cell) -> Cell:
    return guarded(cell) if isinstance(cell, str) else cell


def _storable(cell: Cell) -> Cell:
    """Without control characters, which no workbook can hold."""
    return _CONTROLS.sub("", cell) if isinstance(cell, str) else cell
