"""A desk on SQLite, or on the server of the test database when the suite runs on PostgreSQL."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.core.engine.clocks import Clocks
from tests.core.engine.desk import Desk

LEASE_PIDS = "SELECT pid FROM core_lease WHERE pid IS NOT NULL"


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Clocks:
    """Clocks that stand still until they are turned."""
    return Clocks(monkeypatch, now)


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[tuple[str, Callable[[], set[int]]]]:
    """The URL of an empty database, and who holds leases in it."""
    with _postgres() if connection.vendor == "postgresql" else _sqlite(tmp_path / "desk.sqlite3") as made:
        yield made


@contextmanager
def _sqlite(path: Path) -> Iterator[tuple[str, Callable[[], set[int]]]]:
    def pids() -> set[int]:
        with closing(sqlite3.connect(path, timeout=20)) as database:
            return {row[0] for row in database.execute(LEASE_PIDS)}

    yield f"sqlite:///{path}", pids


@contextmanager
def _postgres() -> Iterator[tuple[str, Callable[[], set[int]]]]:
    server = connection.settings_dict
    who = f"{quote(server['USER'])}:{quote(server['PASSWORD'])}"
    place = f"{quote(str(server['HOST']), safe='')}:{server['PORT'] or 5432}"
    name = f"desk_{uuid.uuid4().hex[:12]}"
    admin, own = f"postgres://{who}@{place}/postgres", f"postgres://{who}@{place}/{name}"

    def pids() -> set[int]:
        with psycopg.connect(own) as database:
            return {row[0] for row in database.execute(LEASE_PIDS)}

    with psycopg.connect(admin, autocommit=True) as database:
        database.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield own, pids
    with psycopg.connect(admin, autocommit=True) as database:
        database.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def desk(tmp_path: Path, own_database: tuple[str, Callable[[], set[int]]]) -> Iterator[Desk]:
    """A migrated desk that a test starts; everything it started is gone afterwards."""
    url, pids = own_database
    made = Desk(tmp_path, url, pids)
    made.manage("migrate", "-v0")
    yield made
    made.stop()
