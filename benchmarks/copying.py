"""Rows by the hundred thousand: INSERT … SELECT, so that none passes through Python and every trigger sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Model


def insert_from(
    source: str, into: type[Model], values: Mapping[str, str], params: Sequence[str | datetime] = ()
) -> int:
    """Insert into a model's table: field name -> SQL expression over `source` (a FROM clause); returns how many.

    Text is written into the expressions by this package alone; `params` fill their placeholders in order.
    """
    quote = connection.ops.quote_name
    named = {field.name: field.column for field in into._meta.concrete_fields}
    columns = ", ".join(quote(str(named[name])) for name in values)
    sql = f"INSERT INTO {quote(into._meta.db_table)} ({columns}) SELECT {', '.join(values.values())} FROM {source}"  # noqa: S608 - our own words
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def numbers(count: int) -> str:
    """A table of 0 to count-1 in its column `column1`, for a FROM clause."""
    return "(VALUES " + ", ".join(f"({number})" for number in range(count)) + ")"


def empty_json() -> str:
    """An empty object as the database writes it."""
    return "CAST('{}' AS jsonb)" if connection.vendor == "postgresql" else "'{}'"


def moment(at: datetime) -> str | datetime:
    """A time as the database's driver wants it."""
    value: str | datetime | None = connection.ops.adapt_datetimefield_value(at)
    return value or at


def copy_history(model: type[Model], times: int, now: datetime, actor: str) -> int:
    """Write `times` history rows for each row of a model, one a day up to now; returns how many."""
    history: type[Model] = model.history.model  # type: ignore[attr-defined]
    kept = {field.column: field.name for field in history._meta.concrete_fields}
    quote = connection.ops.quote_name
    columns = {
        kept[field.column]: quote(str(field.column)) for field in model._meta.concrete_fields if field.column in kept
    }
    added = {"history_date": "%s", "history_type": "'~'", "history_change_reason": "''", "history_actor": "%s"}
    source = quote(model._meta.db_table)
    return sum(
        insert_from(source, history, columns | added, [moment(now - timedelta(days=day)), actor])
        for day in range(times)
    )


def analyse() -> None:
    """What autovacuum does by itself within minutes on PostgreSQL; SQLite stays as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
