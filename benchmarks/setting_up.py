"""A database of its own, the environment that names it, people, and a vendor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.plugins.pg_server import postgres_server

DATABASES = ("postgres", "sqlite")


@contextmanager
def place(kind: str) -> Iterator[Path]:
    """A fresh database of that kind, named in the environment before Django reads its settings; yields a folder.

    PostgreSQL keeps its promises about power cuts and otherwise has its settings as delivered.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="crisisdesk-bench-")))
        if kind == "postgres":
            # S4 asks when something was committed.
            settings = {"track_commit_timestamp": "on"}
            url = stack.enter_context(postgres_server(durable=True, settings=settings))
        else:
            url = f"sqlite:///{folder / 'bench.sqlite3'}"
        os.environ.update(environment(url, folder))
        yield folder


def environment(url: str, folder: Path) -> dict[str, str]:
    """The settings of a benchmark; no `.env` of the developer has a say."""
    return {
        "DJANGO_SETTINGS_MODULE": "crisisdesk.settings",
        "CRISISDESK_ENV_FILE": str(folder / "no.env"),
        # Static files straight from the tree: nothing has to be collected first.
        "CRISISDESK_TEST_RUN": "1",
        "DATABASE_URL": url,
        "DEBUG": "off",
        "SECRET_KEY": "of-this-benchmark-alone-0123456789-abcdefghijklmnopqrstuvwxyz",
        "LINK_KEYS": "of-this-benchmark-alone-9876543210-zyxwvutsrqponmlkjihgfedcba",
        "ALLOWED_HOSTS": "testserver,127.0.0.1",
        "JOURNAL_DIR": str(folder / "journal"),
        "LOG_LEVEL": "ERROR",
    }
