"""Choices of rows, read once for many fields: a form with forty rows asks the database as often as one with one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.db.models import Model


def choices_of(rows: Iterable[Model]) -> list[tuple[Any, str]]:
    """Rows that were read already as choices."""
    return [(row.pk, str(row)) for row in rows]


def read_once(fields: Iterable[forms.ModelChoiceField[Any]]) -> None:
    """Give these fields, of one question each asked in several forms, the choices that the first one reads."""
    choices: list[Any] | None = None
    for field in fields:
        if choices is None:
            # By its iterator: a list of the choices themselves would count the rows first.
            choices = list(iter(field.choices))  # type: ignore[arg-type]
        field.choices = choices


def only_chosen(field: forms.Field | None) -> forms.Field | None:
    """The field without Django's pencil, plus and eye: the row is chosen here and written on its own page."""
    if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget = field.widget.widget
    return field


class KnownAutocomplete(AutocompleteSelect):
    """The admin's search box, which shows what is chosen without a query for each row where the form knows it."""

    known: dict[str, str] = {}

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        """As the admin's, from what is known when all of it is."""
        chosen = [str(pk) for pk in value if str(pk)]
        if not chosen or not all(pk in self.known for pk in chosen):
            return super().optgroups(name, value, attr)
        options = [
            self.create_option(name, pk, self.known[pk], True, place, None, attr) for place, pk in enumerate(chosen)
        ]
        if not self.is_required and not self.allow_multiple_selected:
            options.insert(0, self.create_option(name, "", "", False, 0, None, attr))
        return [(None, options, 0)]


class KnownForm(forms.ModelForm[Model]):
    """A row whose related rows were read with it (`select_related`): its search boxes know their names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, KnownAutocomplete) and self.instance.pk:
                related = self.instance._state.fields_cache.get(name)
                widget.known = {} if related is None else {str(related.pk): str(related)}
