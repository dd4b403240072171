"""What a benchmark starts beside itself: the desk's own processes and a mail server that takes everything."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crisisdesk.core.models import Lease
from tests.plugins.system import find_program

BASE = Path(__file__).resolve().parents[1]
STOP_SECONDS = 30


@contextmanager
def mail_sink(*, plain: bool = False) -> Iterator[str]:
    """Debian's smtp-sink on a free port, as the URL of a transport; `plain` offers no pipelining."""
    sink = find_program("smtp-sink")
    if sink is None:
        raise SystemExit("This benchmark needs smtp-sink (Debian: apt-get install postfix, or scripts/bootstrap).")
    port = _free_port()
    # As root it insists on giving its rights away.
    options = ["-u", "nobody"] if os.geteuid() == 0 else []
    options += ["-p"] if plain else []
    with _running([sink, *options, f"127.0.0.1:{port}", "1024"], dict(os.environ), os.devnull):
        wait_for(lambda: _answers(port), "smtp-sink")
        yield f"smtp://127.0.0.1:{port}"


@contextmanager
def recording_sink(record: Path, *, plain: bool = False) -> Iterator[str]:
    """A server of our own that writes a line to `record` for each mail it takes; yields its URL."""
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.recording_sink", str(port), str(record)]
    with _running([*command, *(["--plain"] if plain else [])], dict(os.environ), os.devnull):
        wait_for(lambda: _answers(port), "the recording server")
        yield f"smtp://127.0.0.1:{port}"


@contextmanager
def desk(folder: Path, mail_url: str, *arguments: str, settings: str = "crisisdesk.settings") -> Iterator[Path]:
    """`manage.py run` with these arguments until the block ends; yields its log once every loop is being run."""
    log = folder / "desk.log"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": settings,
        "CUSTOMER_MAIL_URL": mail_url,
        "STAFF_MAIL_URL": mail_url,
        "PYTHONPATH": str(BASE),
    }
    with _running([sys.executable, "manage.py", "run", *arguments], environment, str(log)):
        wait_for(_all_loops_run, "the loops", log)
        yield log


def wait_for(condition: Callable[[], object], what: str, log: Path | None = None, seconds: float = 90) -> None:
    """Until it is true; RuntimeError with the end of the log otherwise."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            said = log.read_text(errors="replace")[-3000:] if log else ""
            raise RuntimeError(f"{what} did not come within {seconds:.0f} s. {said}")
        time.sleep(0.1)


def _all_loops_run() -> bool:
    leases = Lease.objects.all()
    return bool(leases) and all(lease.passed_at is not None for lease in leases)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(4).startswith(b"220")
    except OSError:
        return False


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: str) -> Iterator[None]:
    with Path(log).open("ab") as output:
        process = subprocess.Popen(command, cwd=BASE, env=environment, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
