"""Who holds which role, now and in a stretch of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisisdesk.core.models import User
from incidents import rota
from incidents.models import IncidentRole, Rank
from incidents.rota import Piece
from incidents.schedules.rules import Rules, read_rules

AHEAD = timedelta(days=14)
# What is shorter is not worth waking an administrator for.
TICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody holds a role without a pause from `since` to `until` (as far as was looked)."""

    role: IncidentRole
    rank: str
    person: User
    since: datetime
    until: datetime
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody holds the role at this rank. Without a backup means: none who is somebody else than the primary.

    `left` are those who would, had they not left the role's group.
    """

    role: IncidentRole
    rank: str
    start: datetime
    end: datetime
    left: tuple[User, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that holds for some roles in [start, end), with the people; made by `plan_of`."""

    roles: Sequence[IncidentRole]
    rules: Rules
    start: datetime
    end: datetime
    people: dict[int, User]

    def pieces(self, role: IncidentRole, rank: str) -> list[Piece]:
        """The pieces of one role and rank, by start, cut where a rule begins or ends."""
        return self.rules.pieces(role.pk, rank, self.start, self.end)

    def held(self, role: IncidentRole, rank: str) -> list[Held]:
        """The same with their people, joined where somebody goes on."""
        return self._held(role, rank, joined(self.pieces(role, rank)))

    def parts(self, role: IncidentRole, rank: str) -> list[Held]:
        """The same, joined only where the rule is of the same kind, so that a swap is seen as one."""
        return self._held(role, rank, joined(self.pieces(role, rank), by_layer=True))

    def turns(self, role: IncidentRole, rank: str) -> list[Held]:
        """As people know them: a turn, a shift, what a swap or an override left of it; not joined."""
        return self._held(role, rank, self.pieces(role, rank))

    def _held(self, role: IncidentRole, rank: str, pieces: Iterable[Piece]) -> list[Held]:
        return [
            Held(role, rank, self.people[piece.person], piece.start, piece.end, layer_of(piece))
            for piece in pieces
            if piece.person in self.people
        ]

    def gaps(self, role: IncidentRole) -> list[Gap]:
        """Where nobody is the primary, then where nobody backs one up; each in order."""
        primary, backup = self.pieces(role, Rank.PRIMARY), self.pieces(role, Rank.BACKUP)
        found = [(Rank.PRIMARY, *gap) for gap in rota.gaps(primary, self.start, self.end)]
        found += [(Rank.BACKUP, *gap) for gap in rota.lacking(primary, backup, self.start, self.end)]
        return [
            Gap(role, rank, start, end, self._left(role, rank, start, end))
            for rank, start, end in found
            if end - start >= TICK
        ]

    def _left(self, role: IncidentRole, rank: str, start: datetime, end: datetime) -> tuple[User, ...]:
        duties = self.rules.left.get((role.pk, rank), [])
        ids = dict.fromkeys(duty.person for duty in duties if duty.start < end and duty.end > start)
        return tuple(self.people[pk] for pk in ids if pk in self.people)


def plan_of(roles: Iterable[IncidentRole], start: datetime, end: datetime, *, with_left: bool = False) -> Plan:
    """What holds in [start, end): at most three queries, however many roles. `with_left`: as `read_rules`."""
    roles = list(roles)
    rules = read_rules([role.pk for role in roles], start, end, with_left=with_left)
    wanted = {duty.person for duties in rules.duties.values() for duty in duties}
    wanted |= {person for swaps in rules.exchanges.values() for swap in swaps for person in (swap.giver, swap.taker)}
    wanted |= {duty.person for duties in rules.left.values() for duty in duties}
    unknown = wanted - set(rules.people)
    known = User.objects.all() if with_left else User.objects.filter(is_active=True)
    people = rules.people | (known.in_bulk(unknown) if unknown else {})
    return Plan(roles, rules, start, end, people)


def gaps_of(roles: Iterable[IncidentRole], start: datetime, end: datetime) -> dict[int, list[Gap]]:
    """The gaps of several roles in [start, end), by the role's number; three queries."""
    plan = plan_of(roles, start, end)
    return {role.pk: plan.gaps(role) for role in plan.roles}


def gaps(role: IncidentRole, start: datetime, end: datetime) -> list[Gap]:
    """The gaps of one role in [start, end): without a primary first, then without a backup."""
    return gaps_of([role], start, end)[role.pk]


def joined(pieces: Iterable[Piece], *, by_layer: bool = False) -> list[Piece]:
    """Pieces of one role and rank, joined where the same person goes on without a pause; by start."""
    found: list[Piece] = []
    last: dict[tuple[int, str], int] = {}
    for piece in sorted(pieces, key=lambda piece: (piece.start, piece.end)):
        key = (piece.person, layer_of(piece) if by_layer else "")
        place = last.get(key)
        if place is not None and piece.start <= found[place].end:
            before = found[place]
            found[place] = Piece(piece.person, before.start, max(before.end, piece.end), before.duty, before.swap)
        else:
            last[key] = len(found)
            found.append(piece)
    return found


def layer_of(piece: Piece) -> str:
    """Where a piece comes from, as a word."""
    return "swap" if piece.swap is not None else piece.duty.layer.name.lower()
