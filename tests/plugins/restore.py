"""After a test that really commits, the database is as migrated again.

Django would empty every table, which the insert-only tables refuse, and the rows that migrations laid (groups,
policies, starter templates) would be gone for whatever runs next. Instead the migrated database is put back.
"""

from __future__ import annotations

from django.db import connection
from django.test import TransactionTestCase

from tests.plugins.migrated import copy_database, migrated

# The database of this process, from the first test that commits in it.
_ours: set[str] = set()


def pytest_configure() -> None:
    """Replace Django's clean-up of transactional tests; `TestCase`, which rolls back, keeps its own."""
    set_up = vars(TransactionTestCase)["_fixture_setup"].__func__

    def take_note(case: type[TransactionTestCase]) -> None:
        _ours.add(str(connection.settings_dict["NAME"]))
        set_up(case)

    setattr(TransactionTestCase, "_fixture_setup", classmethod(take_note))  # noqa: B010 - private, the types lack it
    setattr(TransactionTestCase, "_fixture_teardown", lambda case: _put_it_back())  # noqa: B010


def _put_it_back() -> None:
    name = str(connection.settings_dict["NAME"])
    # A test may have worked on a copy of its own, which it removes itself.
    if name in _ours:
        copy_database(migrated(), name)
