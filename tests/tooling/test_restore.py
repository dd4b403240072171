"""A test that commits leaves the database as migrated to the next one. The tests of this file run in their order."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from crisisdesk.core import access, audit, clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User


def leave_something() -> None:
    audit.record("tooling.tried", by=Actor.job("tooling"), now=clock.now())
    User.objects.create(username="left-behind")
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_it_starts_as_migrated_whatever_was_committed_before(turn: str) -> None:
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()
    assert {group.name for group in Group.objects.all()} == {str(group) for group in access.Group}

    thread = threading.Thread(target=leave_something)
    thread.start()
    thread.join()

    assert User.objects.filter(username="left-behind").exists()
