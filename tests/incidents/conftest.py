"""What tests of incidents share."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from tests.plugins.migrated import copy_database, drop_database, migrated


@pytest.fixture
def own_copy(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[None]:
    """A copy of the migrated database for tests that commit from several threads.

    Django's own way is to empty all tables afterwards, which the insert-only tables refuse, and which would take the
    starter rows with it. A module uses this one instead by a fixture `db` of its own that asks for `own_copy`, and
    `pytestmark = pytest.mark.usefixtures("db")`.
    """
    with django_db_blocker.unblock():
        configured = connection.settings_dict
        original = configured["NAME"]
        on_server = connection.vendor == "postgresql"
        name = f"test_copy_{uuid.uuid4().hex[:12]}" if on_server else str(tmp_path / "copy.sqlite3")
        copy_database(migrated(), name)
        configured["NAME"] = name
        try:
            yield
        finally:
            connections.close_all()
            configured["NAME"] = original
            if on_server:
                drop_database(name)
