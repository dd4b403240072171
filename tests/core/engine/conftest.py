"""A desk on SQLite, or on the server of the test database when the suite runs on PostgreSQL."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.core.engine.clocks import Clocks
from tests.core.engine.desk import Desk
from tests.plugins.database import database_url
from tests.plugins.migrated import copy_database, drop_database, migrated

Read = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Clocks:
    """Clocks that stand still until they are turned."""
    return Clocks(monkeypatch, now)


@pytest.fixture
def own_database(tmp_path: Path, django_db_setup: None) -> Iterator[tuple[str, Read]]:
    """The URL of a database as migrated, and how to read from it."""
    if connection.vendor == "postgresql":
        with _postgres() as made:
            yield made
        return
    path = tmp_path / "desk.sqlite3"
    copy_database(migrated(), str(path))

    def read(query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(path, timeout=20)) as database:
            return list(database.execute(query))

    yield f"sqlite:///{path}", read


@contextmanager
def _postgres() -> Iterator[tuple[str, Read]]:
    name = f"desk_{uuid.uuid4().hex[:12]}"
    own = database_url(name)

    def read(query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(own) as database:
            return list(database.execute(query.encode()))

    copy_database(migrated(), name)
    yield own, read
    drop_database(name)


@pytest.fixture
def desk(tmp_path: Path, own_database: tuple[str, Read]) -> Iterator[Desk]:
    """A migrated desk that a test starts; everything it started is gone afterwards."""
    url, read = own_database
    made = Desk(tmp_path, url, read)
    yield made
    made.stop()
