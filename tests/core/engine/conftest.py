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


@pytest.fixture(scope="session")
def migrated_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database to copy, on the PostgreSQL server of the run."""
    name = f"desk_{uuid.uuid4().hex[:12]}"
    with _created(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)), name):
        Desk(tmp_path_factory.mktemp("migrated"), database_url(name), lambda _: []).manage("migrate", "-v0")
        yield name


@pytest.fixture
def own_database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[str, Read]]:
    """The URL of a database as migrated, and how to read from it."""
    if connection.vendor == "postgresql":
        with _postgres(request.getfixturevalue("migrated_template")) as made:
            yield made
        return
    path = tmp_path / "desk.sqlite3"
    shutil.copy(request.getfixturevalue("migrated"), path)

    def read(query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(path, timeout=20)) as database:
            return list(database.execute(query))

    yield f"sqlite:///{path}", read


@contextmanager
def _postgres(template: str) -> Iterator[tuple[str, Read]]:
    name = f"desk_{uuid.uuid4().hex[:12]}"
    own = database_url(name)

    def read(query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(own) as database:
            return list(database.execute(query.encode()))

    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with _created(create, name):
        yield own, read


@contextmanager
def _created(create: sql.Composed, name: str) -> Iterator[None]:
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(create)
    yield
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def desk(tmp_path: Path, own_database: tuple[str, Read]) -> Iterator[Desk]:
    """A migrated desk that a test starts; everything it started is gone afterwards."""
    url, read = own_database
    made = Desk(tmp_path, url, read)
    yield made
    made.stop()
