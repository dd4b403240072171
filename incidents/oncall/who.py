"""Who is on call for a role at a moment. Never nobody, as long as the role's group has anybody at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crisisdesk.core.models import User
from incidents.models import IncidentRole, Rank, Shift, Whom


@dataclass(frozen=True, slots=True)
class Call:
    """The people found for a role, and why them when others were asked for (fit for the timeline; "" as asked)."""

    role: IncidentRole
    people: tuple[User, ...]
    detour: str = ""


def on_call(role_slug: str, now: datetime, whom: str) -> list[User]:
    """The people to tell for a role: `whom` is one of `Whom` (primary, backup, group).

    Nobody on shift as asked: the other rank, then everybody in the role's group. Empty only for an unknown role or a
    group without active people.
    """
    role = IncidentRole.objects.filter(slug=role_slug).first()
    return list(find([role], now, whom)[0].people) if role else []


def find(roles: Iterable[IncidentRole], now: datetime, whom: str) -> list[Call]:
    """As `on_call`, for several roles in one or two queries, with the detours that were taken."""
    roles = list(roles)
    shifts: dict[int, list[Shift]] = {role.pk: [] for role in roles}
    if whom != Whom.GROUP:
        for shift in Shift.objects.current(now).filter(role__in=roles).select_related("person").order_by("id"):
            shifts[shift.role_id].append(shift)
    groups = _groups({role.group for role in roles if not shifts[role.pk]})
    return [_call(role, shifts[role.pk], groups, whom) for role in roles]


def _call(role: IncidentRole, shifts: list[Shift], groups: dict[str, list[User]], whom: str) -> Call:
    for rank in _ranks(whom) if shifts else ():
        people = tuple(dict.fromkeys(shift.person for shift in shifts if shift.rank == rank))
        if people:
            detour = "" if rank == whom else f"No {whom} is on call as {role}; the {rank} was told instead."
            return Call(role, people, detour)
    members = tuple(groups.get(role.group, ()))
    if not members:
        return Call(role, (), f"Nobody is on call as {role}, and {role.group} has no active people.")
    detour = "" if whom == Whom.GROUP else f"Nobody is on call as {role}; everybody in {role.group} was told instead."
    return Call(role, members, detour)


def _ranks(whom: str) -> tuple[str, str]:
    return (Rank.PRIMARY, Rank.BACKUP) if whom == Whom.PRIMARY else (Rank.BACKUP, Rank.PRIMARY)


def _groups(names: set[str]) -> dict[str, list[User]]:
    if not names:
        return {}
    found: dict[str, list[User]] = {name: [] for name in names}
    people = User.objects.filter(is_active=True, groups__name__in=names).prefetch_related("groups").distinct()
    for person in people.order_by("id"):
        for group in person.groups.all():
            if group.name in found:
                found[group.name].append(person)
    return found
