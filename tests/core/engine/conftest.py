"""A desk on SQLite, or on the server of the test database when the suite runs on PostgreSQL."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.core.engine.clocks import Clocks
from tests.core.engine.desk import Desk
from tests.plugins.database import database_url

Read = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Clocks:
    """Clocks that stand still until they are turned."""
    return Clocks(monkeypatch, now)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy; migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    path = folder / "desk.sqlite3"
    Desk(folder, f"sqlite:///{path}", lambda _: []).manage("migrate", "-v0")
    return path


@pytest.fixture
def own_database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[str, Read]]:
    """The URL of a database that holds nothing but the tables (SQLite) or not even them, and how to read from it."""
    if connection.vendor == "postgresql":
        with _postgres() as made:
            yield made
        return
    path = tmp_path / "desk.sqlite3"
    shutil.copy(request.getfixturevalue("migrated"), path)

    def read(query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(path, timeout=20)) as database:
            return list(database.execute(query))

    yield f"sqlite:///{path}", read


@contextmanager
def _postgres() -> Iterator[tuple[str, Read]]:
    name = f"desk_{uuid.uuid4().hex[:12]}"
    admin, own = database_url("postgres"), database_url(name)

    def read(query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(own) as database:
            return list(database.execute(query.encode()))

    with psycopg.connect(admin, autocommit=True) as database:
        database.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield own, read
    with psycopg.connect(admin, autocommit=True) as database:
        database.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def desk(tmp_path: Path, own_database: tuple[str, Read]) -> Iterator[Desk]:
    """A migrated desk that a test starts; everything it started is gone afterwards."""
    url, read = own_database
    made = Desk(tmp_path, url, read)
    if url.startswith("postgres"):
        made.manage("migrate", "-v0")
    yield made
    made.stop()
