"""The database of a test run is one of the two that CrisisDesk supports, as production has it."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from tests.plugins.database import database_url

pytestmark = pytest.mark.django_db


@pytest.mark.sqlite
def test_it_runs_on_a_sqlite_file_with_a_write_ahead_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)


@pytest.mark.postgres
def test_it_runs_on_a_postgresql_of_its_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
    assert name.startswith("test_")


@pytest.mark.postgres
def test_it_names_other_databases_on_the_same_server() -> None:
    with psycopg.connect(database_url("postgres")) as other:
        assert other.execute("SELECT current_database()").fetchone() == ("postgres",)
