"""After a test that really commits, the database is as migrated again.

Django would empty every table, which the insert-only tables refuse, and the rows that migrations laid (groups,
policies, starter templates) would be gone for whatever runs next. Instead a copy of the migrated database is kept and
put back.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg import sql

# The database as migrated, and its copy; made by the first test that needs it. Tests of the other kind roll back, so
# until then nothing has changed.
_copies: dict[str, str] = {}


def pytest_configure() -> None:
    """Replace Django's clean-up of transactional tests; `TestCase`, which rolls back, keeps its own."""
    set_up = vars(TransactionTestCase)["_fixture_setup"].__func__

    def keep_a_copy(case: type[TransactionTestCase]) -> None:
        _keep_a_copy()
        set_up(case)

    setattr(TransactionTestCase, "_fixture_setup", classmethod(keep_a_copy))  # noqa: B010 - private, the types lack it
    setattr(TransactionTestCase, "_fixture_teardown", lambda case: _put_it_back())  # noqa: B010


def pytest_unconfigure() -> None:
    """Drop the copies on a PostgreSQL server that outlives the run; files go with their directory."""
    if connection.vendor == "postgresql":
        for copy in _copies.values():
            with _server() as server:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(copy)))


def _keep_a_copy() -> None:
    name = str(connection.settings_dict["NAME"])
    if name not in _copies:
        _copies[name] = f"{name}_pristine"
        _copy(name, _copies[name])


def _put_it_back() -> None:
    name = str(connection.settings_dict["NAME"])
    # A test may have worked on a copy of its own, which it removes itself.
    if name in _copies:
        _copy(_copies[name], name)


def _copy(source: str, target: str) -> None:
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
