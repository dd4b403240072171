"""The ledger of promises as a file: CSV as a stream, or an Excel workbook. No cell becomes a formula. Times are UTC."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from openpyxl import Workbook

from customers.imports.reading import guarded
from customers.models import Customer
from incidents.ledger_groups import Line
from incidents.models.promise import PromiseQuerySet, Verdict

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("csv", "xlsx")
Rows = Iterator[list[str | int]]


def file_of(rows: Rows, kind: str) -> HttpResponseBase:
    """The rows as a download; `kind` is one of `KINDS`."""
    return _workbook(rows) if kind == "xlsx" else _csv(rows)


def promise_rows(rows: PromiseQuerySet, customer: Customer | None) -> Rows:
    """One row for each promise, headings first."""
    yield ["incident", "title", "made_at", "due_at", "verdict", "closed_at", "late_seconds", "customer", "kept_for_it"]
    for promise in rows.select_related("incident").iterator(chunk_size=500):
        yield [
            promise.incident.reference,
            promise.incident.title,
            _utc(promise.made_at),
            _utc(promise.due_at),
            str(promise.verdict),  # type: ignore[attr-defined]
            _utc(promise.closed_at),
            "" if promise.late_seconds is None else promise.late_seconds,
            customer.name if customer else "",
            ("yes" if promise.is_kept_for else "no") if customer else "",  # type: ignore[attr-defined]
        ]


def group_rows(groups: Iterable[Line]) -> Rows:
    """One row for each group, headings first."""
    yield ["name", "promises", "kept", "early", "automatic", "missed", "worst_late_seconds"]
    for line in groups:
        found = line.found
        apart = [found.get(verdict, 0) for verdict in (Verdict.EARLY, Verdict.AUTOMATIC, Verdict.MISSED)]
        yield [line.name, line.kept.total, line.kept.kept, *apart, line.worst_seconds or 0]


def _csv(rows: Rows) -> StreamingHttpResponse:
    parts = (_line(row) for row in rows)
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="promises.csv"'
    return response


def _workbook(rows: Rows) -> HttpResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Promises")
    for row in rows:
        sheet.append([_safe(cell) for cell in row])
    text = io.BytesIO()
    book.save(text)
    response = HttpResponse(text.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="promises.xlsx"'
    return response


def _line(cells: Iterable[str | int]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_safe(cell) for cell in cells])
    return text.getvalue()


def _safe(cell: str | int) -> str | int:
    return guarded(cell) if isinstance(cell, str) else cell


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
