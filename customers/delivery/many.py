"""Rows by the hundred in one statement each. The models would cost several times what the database takes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

_INSERT = "INSERT INTO customers_deliveryevent (delivery_id, at, state, attempt, transport, code, text, is_repeat) "
_FROM_JSON = {
    "postgresql": "SELECT d, %s, s, a, w, c, t, r FROM json_to_recordset(%s) "
    "AS x(d bigint, s varchar, a smallint, w varchar, c varchar, t varchar, r boolean)",
    "sqlite": "SELECT value ->> 'd', %s, value ->> 's', value ->> 'a', value ->> 'w', value ->> 'c', value ->> 't', "
    "value ->> 'r' FROM json_each(%s)",
}


Value = str | int | datetime | None


def adapted(moment: datetime) -> str | datetime:
    """A time as a statement of ours takes it."""
    value: str | datetime | None = connection.ops.adapt_datetimefield_value(moment)
    return value or moment


def among(column: str) -> str:
    """A condition with one placeholder, for `listed` ids: the column is one of them."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY (CAST(%s AS bigint[]))"
    return f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - our own words


def listed(ids: Iterable[int]) -> str:
    """The parameter of `among`."""
    left, right = "{}" if connection.vendor == "postgresql" else "[]"
    return left + ",".join(map(str, ids)) + right


def among_texts(column: str) -> str:
    """As `among`, for `listed_texts`."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(%s AS jsonb))))"
    return f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - our own words


def listed_texts(texts: Iterable[str]) -> str:
    """The parameter of `among_texts`."""
    return json.dumps(list(texts))


# Delivery, state, attempt, transport, code, text, whether it is a repeat.
EventRow = tuple[int, str, int, str, str, str, bool]


def insert_events(cursor: CursorWrapper, events: Iterable[EventRow], at: datetime) -> None:
    """Write what happened to deliveries, all at one moment."""
    rows = ",".join(_row(*event) for event in events)
    if rows:
        cursor.execute(_INSERT + _FROM_JSON[connection.vendor], [adapted(at), f"[{rows}]"])


_quoted = json.encoder.encode_basestring_ascii


def _row(delivery: int, state: str, attempt: int, way: str, code: str, text: str, is_repeat: bool) -> str:
    said = f'"w":{_quoted(way)},"c":{_quoted(code)},"t":{_quoted(text)},"r":{"true" if is_repeat else "false"}'
    return f'{{"d":{delivery},"s":{_quoted(state)},"a":{attempt},{said}}}'
