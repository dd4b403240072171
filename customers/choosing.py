"""A table lookup inside SQL."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Case, Expression, When

# Up to here a flat CASE is as quick as a tree of them.
FLAT = 8


def choose(field: str, outcomes: Mapping[int, Expression | Case]) -> Expression | Case:
    """An expression that is `outcomes[field]`; for a value that is not listed it is one of them or NULL.

    A flat CASE compares one key after another, for each row. With hundreds of keys this is slow, so the keys are
    halved: eight comparisons for 200 keys, on any database.
    """
    keys = sorted(outcomes)
    if len(keys) <= FLAT:
        return Case(*(When(**{field: key}, then=outcomes[key]) for key in keys))
    middle = len(keys) // 2
    low = choose(field, {key: outcomes[key] for key in keys[:middle]})
    high = choose(field, {key: outcomes[key] for key in keys[middle:]})
    return Case(When(**{f"{field}__lt": keys[middle]}, then=low), default=high)
