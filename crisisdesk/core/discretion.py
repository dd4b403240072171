"""What a person may not know of, for pages that show rows about incidents without knowing what an incident is.

The part that keeps secrets registers its rule when it is ready; until then nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from crisisdesk.core.actors import Actor

Condition = Callable[[Actor | None, str], Q]
References = Callable[[Actor | None], frozenset[str]]
_conditions: list[Condition] = []
_references: list[References] = []


def register(condition: Condition, references: References) -> None:
    """`condition` of an actor and a prefix keeps the rows they may know of; `references` names what they may not."""
    if condition not in _conditions:
        _conditions.append(condition)
        _references.append(references)


def known_to(by: Actor | None, prefix: str) -> Q:
    """The condition on rows whose incident is at `prefix`, such as "incident__"."""
    wanted = Q()
    for condition in _conditions:
        wanted &= condition(by, prefix)
    return wanted


def hidden_references(by: Actor | None) -> frozenset[str]:
    """References such as "INC-42" that the actor may not come across; None is nobody in particular. One read."""
    return frozenset().union(*(references(by) for references in _references))
