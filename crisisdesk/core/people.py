"""Changes to people and their groups, each in the audit trail: nobody gains a role silently."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Group as AuthGroup
from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User


def save_person(user: User, *, by: Actor, now: datetime) -> User:
    """Save what an administrator entered about a person. Raises NotAllowed."""
    require(by, Act.MANAGE_PEOPLE)
    with transaction.atomic():
        is_new = user.pk is None
        stamp(user, by=by, now=now)
        user.save()
        action = "person.added" if is_new else "person.changed"
        audit.record(action, by=by, now=now, on=user, data={"active": user.is_active})
    return user


def set_groups(user: User, groups: Iterable[AuthGroup], *, by: Actor, now: datetime) -> None:
    """Make these the person's groups, and record which were given and taken. Raises NotAllowed."""
    require(by, Act.MANAGE_PEOPLE)
    with transaction.atomic():
        before = set(user.groups.values_list("name", flat=True))
        user.groups.set(groups)
        after = set(user.groups.values_list("name", flat=True))
        if before != after:
            data = {"given": sorted(after - before), "taken": sorted(before - after)}
            audit.record("person.groups_changed", by=by, now=now, on=user, data=data)
