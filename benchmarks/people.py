"""The people of a benchmark: one for each group."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import Group as AuthGroup

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import IncidentRole, Shift

NAMES = {
    Group.OPERATIONS: "Ivo Brandt",
    Group.SUPPORT: "Dana Reyes",
    Group.COMMUNICATIONS: "Mara Lindqvist",
    Group.SUCCESS: "Cleo Okafor",
    Group.EXECUTIVES: "Mira Sato",
    Group.ADMINISTRATORS: "Ada Novak",
}


def make_people() -> dict[Group, User]:
    """One person for each group; nobody has a password."""
    people = {}
    for group, name in NAMES.items():
        first, _, last = name.partition(" ")
        user = User.objects.create_user(
            username=first.lower(),
            email=f"{first.lower()}@vendor.example",
            first_name=first,
            last_name=last,
            is_staff=True,
        )
        user.groups.add(AuthGroup.objects.get(name=group))
        people[group] = user
    return people


def put_on_call(people: dict[Group, User], now: datetime) -> None:
    """A primary and a backup for each role, for a day either way (backup and primary are the same person)."""
    for role in IncidentRole.objects.all():
        person = people[Group(role.group)]
        for rank in ("primary", "backup"):
            Shift.objects.create(
                role=role,
                person=person,
                rank=rank,
                starts_at=now - timedelta(days=1),
                ends_at=now + timedelta(days=1),
            )


def loader() -> Actor:
    """The job that may invent a vendor."""
    return Actor.job("demonstration")
