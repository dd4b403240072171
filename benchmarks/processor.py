"""Processor time of a piece of work, the database's part included: what it would take on a machine of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.db import connection


def processor_seconds() -> float:
    """Seconds of processor time so far, of this process and of the PostgreSQL process that serves its connection.

    The kernel counts the latter in ticks of 10 ms, so sum up several repeats. Parallel workers are not included.
    """
    return time.process_time() + (_ticks(_backend()) if connection.vendor == "postgresql" else 0.0)


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _ticks(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
