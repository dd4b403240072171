"""Files as people send them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

from openpyxl import Workbook

from crisisdesk.core.actors import Actor
from customers.imports import ImportPlan, apply, plan, read
from customers.imports.columns import NAMES

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HEADER = ",".join(NAMES)
ACME = (
    "A-1,Acme,enterprise,,Ann Adler,ann@acme.example,+14155550123,en,America/New_York,payments-api@eu-west/7; checkout"
)
GLOBEX = "G-1,Globex,,,Gus Grau,gus@globex.example,,de,Europe/Berlin,checkout@us-east"


def csv_file(*lines: str) -> bytes:
    """A CSV file in UTF-8 with our header."""
    return "\r\n".join([HEADER, *lines, ""]).encode()


def xlsx_file(header: Sequence[str], *rows: Sequence[object]) -> bytes:
    """A workbook with one sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def planned(*lines: str) -> ImportPlan:
    """The plan for a CSV file of these lines."""
    return plan(read(csv_file(*lines)))


def problems(*lines: str) -> dict[int, list[str]]:
    """Line -> what is wrong with it."""
    return {row.line: row.problems for row in planned(*lines).problems}


def import_lines(by: Actor, *lines: str) -> ImportPlan:
    """Look, and confirm."""
    table = read(csv_file(*lines), name="customers.csv")
    return apply(table, shown=plan(table).digest, by=by, now=NOW)[1]
