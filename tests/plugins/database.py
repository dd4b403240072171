"""The environment of a test run, set before Django reads its settings, and the choice of its database.

- default: SQLite, in a temporary file, so that threads and WAL behave as in production;
- `CRISISDESK_TEST_DATABASE=postgres`: a PostgreSQL server started for this run (see `pg_server`);
- `DATABASE_URL=...`: that server, whatever it is. The run makes databases of its own there, named `test_*`.

With pytest-xdist only the controller starts a server; the workers inherit its address.
"""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

_CHOICE = "CRISISDESK_TEST_DATABASE"
_running = ExitStack()
# Fixtures of tests that work on a database without the mark `django_db`; pytest-django keeps all others from it.
_DATABASES = {"db", "transactional_db", "own_database", "own_copy"}


def _prepare() -> None:
    os.environ["CRISISDESK_TEST_RUN"] = "1"
    choice = os.environ.get(_CHOICE, "")
    if choice not in {"", "sqlite", "postgres"}:
        raise pytest.UsageError(f"{_CHOICE} is {choice!r}; it may be 'sqlite' or 'postgres'.")
    if choice == "postgres" and "DATABASE_URL" not in os.environ:
        # Imported here because runs on SQLite need no PostgreSQL wheel.
        from tests.plugins.pg_server import postgres_server  # noqa: PLC0415

        os.environ["DATABASE_URL"] = _running.enter_context(postgres_server())
    # Otherwise a developer's own .env would decide which database the tests run on.
    os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")


_prepare()


def database_url(name: str) -> str:
    """Return the URL of another database, called `name`, on the PostgreSQL server of this run; it may not exist yet."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def pytest_configure() -> None:
    """Hash the cast's passwords quickly, look for static files when they are asked for; give the SQLite run a file.

    Django would test in memory, where threads meet other locks than in production.
    """
    settings.PASSWORD_HASHERS = ["tests.plugins.passwords.QuickHasher", *settings.PASSWORD_HASHERS]
    # Otherwise every test client would list all of them first.
    settings.WHITENOISE_AUTOREFRESH = True
    if not _on_postgres():
        directory = _running.enter_context(tempfile.TemporaryDirectory(prefix="crisisdesk-test-"))
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(Path(directory) / "test.sqlite3")


def pytest_unconfigure() -> None:
    """Stop the server that this process started, if any, and remove its files."""
    _running.close()


def pytest_report_header() -> str:
    """Name the database at the head of the run."""
    return f"database: {'PostgreSQL' if _on_postgres() else 'SQLite'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests about the other database, and on PostgreSQL those that need none: `make test` runs both."""
    left_out = [item for item in items if not _belongs(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _belongs(item)]


def _belongs(item: pytest.Item) -> bool:
    marked = {marker.name for marker in item.iter_markers()}
    # A walk in the browser starts servers of its own, whichever database this process has.
    if "e2e" in marked:
        return True
    if not _on_postgres():
        return "postgres" not in marked
    if "sqlite" in marked:
        return False
    # What asks for no database says the same on both.
    return bool(marked & {"django_db", "postgres"} or _DATABASES & set(getattr(item, "fixturenames", ())))


def _on_postgres() -> bool:
    return os.environ["DATABASE_URL"].startswith(("postgres:", "postgresql:", "psql:", "pgsql:"))
