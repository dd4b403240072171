"""Who is on call for a role at a moment. Never nobody, as long as the role's group has anybody at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from crisisdesk.core.models import User
from incidents.models import IncidentRole, Rank, Whom
from incidents.schedules.rules import RANKS, Rules, read_rules

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Call:
    """The people found for a role, and why them when others were asked for (fit for the timeline; "" as asked)."""

    role: IncidentRole
    people: tuple[User, ...]
    detour: str = ""


def on_call(role_slug: str, now: datetime, whom: str) -> list[User]:
    """The people to tell for a role: `whom` is one of `Whom` (primary, backup, group).

    Nobody on call as asked: the other rank, then everybody in the role's group. Empty only for an unknown role or a
    group without active people.
    """
    return role_and_people(role_slug, now, whom)[1]


def role_and_people(slug: str, now: datetime, whom: str) -> tuple[IncidentRole | None, list[User]]:
    """The role by its slug, read once, and the people to tell for it as `on_call` finds them."""
    role = role_of(slug)
    return role, list(find([role], now, whom)[0].people) if role else []


def role_of(slug: str) -> IncidentRole | None:
    """The role, for `notify(role=…)`: people rename roles, so code names them by slug, which never changes."""
    return IncidentRole.objects.filter(slug=slug).first()


def find(roles: Iterable[IncidentRole], now: datetime, whom: str) -> list[Call]:
    """As `on_call`, for any number of roles in at most three queries, with the detours that were taken.

    An override holds before a swap, a single shift, a calendar feed and a weekly window, in this order.
    """
    roles = list(roles)
    rules = Rules() if whom == Whom.GROUP or not roles else read_rules({role.pk for role in roles}, now, now + INSTANT)
    held = {role.pk: {rank: _holders(rules, role.pk, rank, now) for rank in RANKS} for role in roles}
    ids = {person for ranks in held.values() for people in ranks.values() for person in people}
    groups = {role.group for role in roles if not any(held[role.pk].values())}
    people, members = _people(ids - set(rules.people), groups)
    people |= rules.people
    return [_call(role, held[role.pk], people, members, whom) for role in roles]


def _holders(rules: Rules, role: int, rank: str, now: datetime) -> list[int]:
    pieces = rules.pieces(role, rank, now, now + INSTANT)
    by_rule = sorted(pieces, key=lambda piece: (piece.duty.source, piece.person))
    return list(dict.fromkeys(piece.person for piece in by_rule))


def _call(
    role: IncidentRole,
    held: dict[Rank, list[int]],
    people: dict[int, User],
    members: dict[str, list[User]],
    whom: str,
) -> Call:
    for rank in _ranks(whom):
        found = tuple(people[pk] for pk in held[rank] if pk in people)
        if found:
            detour = "" if rank == whom else f"No {whom} is on call as {role}; the {rank} was told instead."
            return Call(role, found, detour)
    group = tuple(members.get(role.group, ()))
    if not group:
        return Call(role, (), f"Nobody is on call as {role}, and {role.group} has no active people.")
    detour = "" if whom == Whom.GROUP else f"Nobody is on call as {role}; everybody in {role.group} was told instead."
    return Call(role, group, detour)


def _ranks(whom: str) -> Sequence[Rank]:
    if whom == Whom.GROUP:
        return ()
    return RANKS if whom == Whom.PRIMARY else RANKS[::-1]


def _people(ids: Collection[int], groups: Collection[str]) -> tuple[dict[int, User], dict[str, list[User]]]:
    """Active people by number, and the members of the groups, in one query."""
    people: dict[int, User] = {}
    members: dict[str, list[User]] = {name: [] for name in groups}
    if not ids and not groups:
        return people, members
    rows = User.objects.filter(Q(pk__in=ids) | Q(groups__name__in=groups), is_active=True)
    for person in rows.annotate(in_group=F("groups__name")).order_by("id", "in_group"):
        people.setdefault(person.pk, person)
        if person.in_group in members:
            members[person.in_group].append(person)
    return people, members
