"""What tests of incidents share."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections
from psycopg import sql
from pytest_django import DjangoDbBlocker


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
        connections.close_all()
        copied = _postgres(original) if connection.vendor == "postgresql" else _sqlite(original, tmp_path)
        with copied as name:
            configured["NAME"] = name
            try:
                yield
            finally:
                connections.close_all()
                configured["NAME"] = original


@contextmanager
def _sqlite(original: str, directory: Path) -> Iterator[str]:
    name = str(directory / "copy.sqlite3")
    with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(name)) as target:
        source.backup(target)
    yield name


@contextmanager
def _postgres(original: str) -> Iterator[str]:
    name = f"test_copy_{uuid.uuid4().hex[:12]}"
    server = connection.get_connection_params()
    place = {key: server[key] for key in ("host", "port", "user", "password") if key in server}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as admin:
        template = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(original))
        admin.execute(template)
        try:
            yield name
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
