"""What is asked of every change to who is on call."""

from __future__ import annotations

from datetime import datetime, timedelta

from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput
from incidents import rota
from incidents.models import IncidentRole
from incidents.schedules.rules import RANKS, Rules

LONGEST = timedelta(days=92)


def check_span(start: datetime, end: datetime, *, now: datetime, fields: tuple[str, str]) -> None:
    """Raise InvalidInput unless the span ends after it starts, lies ahead and is no longer than a quarter."""
    if end <= start:
        raise InvalidInput({fields[1]: "The end must be after the start."})
    if end <= now:
        raise InvalidInput({fields[1]: "This time is over. Choose one that lies ahead."})
    if end - start > LONGEST:
        raise InvalidInput({fields[1]: "That is longer than three months. Change the weekly window instead."})


def check_fit(person: User, role: IncidentRole, *, field: str) -> None:
    """Raise InvalidInput unless the person is active and in the role's group."""
    if not person.is_active:
        raise InvalidInput({field: f"{person} is not active and can't be on call. Choose somebody else."})
    if not person.groups.filter(name=role.group).exists():
        raise InvalidInput({field: f"{person} is not in {role.group}, which {role} takes. Choose somebody who is."})


def ranks_held(rules: Rules, person: int, role: IncidentRole, start: datetime, end: datetime) -> list[str]:
    """The ranks at which this person holds the role in all of [start, end)."""
    found = []
    for rank in RANKS:
        mine = [piece for piece in rules.pieces(role.pk, rank, start, end) if piece.person == person]
        if not rota.gaps(mine, start, end):
            found.append(str(rank))
    return found


def holds_some(rules: Rules, person: int, role: IncidentRole, ranks: list[str], start: datetime, end: datetime) -> bool:
    """Whether this person holds the role at one of these ranks in any part of [start, end)."""
    return any(piece.person == person for rank in ranks for piece in rules.pieces(role.pk, rank, start, end))
