"""What changed from one version of a row to the next, for the history page of the console."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from simple_history.models import DeletedObject, ModelChange, ModelDelta
from simple_history.utils import get_m2m_reverse_field_name

Chosen = dict[Any, list[dict[str, Any]]]


def deltas(versions: Sequence[Any]) -> list[ModelDelta]:
    """The change that each version but the oldest made; `versions` of one row, newest first.

    As `diff_against` of simple-history, which asks four times for each pair and many-to-many field: one read for each
    such field here, however many versions there are.
    """
    several = {field.name: _chosen(versions, field) for field in getattr(versions[0], "_history_m2m_fields", ())}
    return [_delta(newer, older, several) for newer, older in pairwise(versions)]


def _delta(newer: Any, older: Any, several: dict[str, Chosen]) -> ModelDelta:
    plain = newer.diff_against(older, excluded_fields=set(several), foreign_keys_are_objs=True)
    chosen = [ModelChange(name, rows[older.pk], rows[newer.pk]) for name, rows in several.items()]
    changes = [*plain.changes, *(change for change in chosen if change.old != change.new)]
    changes.sort(key=lambda change: change.field)
    return ModelDelta(changes, [change.field for change in changes], older, newer)


def _chosen(versions: Sequence[Any], field: Any) -> Chosen:
    """Version -> what was chosen in it, as simple-history writes the value of a many-to-many field."""
    name = get_m2m_reverse_field_name(field)
    found: Chosen = defaultdict(list)
    kept = getattr(type(versions[0]), field.name).filter(history__in=[version.pk for version in versions])
    for row in kept.select_related(name).order_by(name):
        # Of a row that is gone the number is left.
        other = getattr(row, name) or DeletedObject(field.related_model, getattr(row, f"{name}_id"))
        found[row.history_id].append({name: other})
    return found
