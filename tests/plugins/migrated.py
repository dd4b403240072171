"""The database as migrated: made once in a run, copied for whoever needs one.

Migrating takes as long as a hundred tests. Of the workers of pytest-xdist the first one migrates, the others wait for
it and copy; so do tests that give their own processes a database, and the clean-up of tests that really commit
(see `restore`).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test.utils import setup_databases
from psycopg import sql

if TYPE_CHECKING:
    # At run time it is a plugin that is not loaded yet.
    from pytest_django import DjangoDbBlocker

# Where it lies, for the workers that a run starts.
_PLACE = "CRISISDESK_TEST_MIGRATED"
_running = ExitStack()


def pytest_configure() -> None:
    """Make room for it, unless this process is a worker of a run that has."""
    if _PLACE not in os.environ:
        os.environ[_PLACE] = _running.enter_context(tempfile.TemporaryDirectory(prefix="crisisdesk-migrated-"))
        _running.callback(os.environ.pop, _PLACE)
        _running.callback(_forget)


def pytest_unconfigure() -> None:
    """Remove what this process made."""
    _running.close()


def migrated() -> str:
    """The database as migrated, never changed by anybody: a file, or the name of one on the server of the run."""
    place = Path(os.environ[_PLACE])
    if connection.vendor == "postgresql":
        return f"test_{place.name.replace('-', '_')}"
    return str(place / "migrated.sqlite3")


def copy_database(source: str, target: str) -> None:
    """Put a copy of one database in the place of another. Closes the connections of this process."""
    connections.close_all()
    if connection.vendor == "postgresql":
        with _server() as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(target)))
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(target), sql.Identifier(source)),
            )
    else:
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
            original.backup(copy)


def drop_database(name: str) -> None:
    """Remove one from the PostgreSQL server of the run, also while somebody looks at it."""
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The database of this process, in the place of pytest-django's own fixture."""
    with django_db_blocker.unblock():
        original = connection.settings_dict["NAME"]
        with _one_at_a_time():
            ready = Path(os.environ[_PLACE]) / f"ready-{connection.vendor}"
            is_first = not ready.exists()
            if is_first:
                setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
                copy_database(connection.settings_dict["NAME"], migrated())
                ready.touch()
        if not is_first:
            name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
            copy_database(migrated(), name)
            settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
            # Asked once in the life of a process, which no test should count.
            assert connection.features.supports_json_field
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        connection.creation.destroy_test_db(original, verbosity=0)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (Path(os.environ[_PLACE]) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget() -> None:
    # Only a server that outlives the run would keep it.
    if connection.vendor == "postgresql" and (Path(os.environ[_PLACE]) / "ready-postgresql").exists():
        drop_database(migrated())


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    place = connection.settings_dict
    with psycopg.connect(
        dbname="postgres",
        host=place["HOST"] or None,
        port=place["PORT"] or None,
        user=place["USER"] or None,
        password=place["PASSWORD"] or None,
        autocommit=True,
    ) as server:
        yield server
