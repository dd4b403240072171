"""Rows of several tables in one statement, for a page whose parts are many and small."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import JSONObject

M = TypeVar("M", bound=Model)
# What JSON gives back as it was, or as a text that the field reads.
_READABLE = (BooleanField, CharField, DateField, IntegerField, TextField)


class Together:
    """Collects what is to be read of several tables, then reads all of it in one statement.

    Each list that `rows` gives is empty until `read` has filled it. What was asked for since is read by the next call.
    """

    def __init__(self) -> None:
        self._asked: list[tuple[QuerySet[Any], Callable[[dict[str, Any]], None]]] = []

    def rows(self, queryset: QuerySet[M], *names: str) -> list[M]:
        """The rows of a query with these columns, in no order; another column is read when it is asked for.

        Foreign keys by their column ("incident_id"). Raises TypeError for a column that JSON does not carry whole.
        """
        found: list[M] = []
        model = queryset.model
        asked = {model._meta.pk.attname, *names}
        # In the order of the model, as `from_db` wants them.
        fields = [field for field in model._meta.concrete_fields if field.attname in asked]
        columns = [field.attname for field in fields]
        _refuse(model, fields, asked)

        def take(row: dict[str, Any]) -> None:
            values = [_value(field, row[field.attname]) for field in fields]
            found.append(model.from_db(queryset.db, columns, values))

        told = JSONObject(**{name: name for name in columns})
        self._asked.append((queryset.order_by().values_list(Value(len(self._asked)), told), take))
        return found

    def read(self) -> None:
        """Fill the lists. One read."""
        asked, self._asked = self._asked, []
        if not asked:
            return
        first, *others = (queryset for queryset, _ in asked)
        for place, row in first.union(*others, all=True) if others else first:
            asked[place][1](row)


def _refuse(model: type[Model], fields: list[Field[Any, Any]], asked: set[str]) -> None:
    for name in asked.difference(field.attname for field in fields):
        raise TypeError(f"{model.__name__} has no column {name!r}.")
    for field in fields:
        if not isinstance(_plain(field), _READABLE):
            raise TypeError(f"JSON does not carry {model.__name__}.{field.attname} whole; read it by itself.")


def _plain(field: Any) -> Field[Any, Any]:
    """The field that a foreign key points to, another one itself."""
    plain: Field[Any, Any] = field.target_field if isinstance(field, ForeignKey) else field
    return plain


def _value(field: Field[Any, Any], value: Any) -> Any:
    found = _plain(field).to_python(value)
    if isinstance(found, datetime):
        # SQLite writes no zone; both databases mean UTC.
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return found
