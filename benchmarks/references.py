"""What S4 is compared with: django-q2's own schedules, and a loop that polls every two seconds."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django_q.models import Schedule

POLL_SECONDS = 2.0
_TABLE = "CREATE TABLE benchmark_reference (kind text, due timestamptz, done timestamptz, number int)"
_POLL = (
    "UPDATE benchmark_reference SET done = clock_timestamp() "
    "WHERE kind = 'polling' AND done IS NULL AND due <= clock_timestamp()"
)


def note(number: int) -> None:
    """What a schedule of django-q2 calls in its cluster."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE benchmark_reference SET done = clock_timestamp() WHERE kind = 'schedule' AND number = %s", [number]
        )


def plan(moments: Sequence[datetime]) -> None:
    """Plan the same moments for both; inside `polling`."""
    with connection.cursor() as cursor:
        for kind in ("schedule", "polling"):
            rows = [(kind, moment, number) for number, moment in enumerate(moments)]
            cursor.executemany("INSERT INTO benchmark_reference (kind, due, number) VALUES (%s, %s, %s)", rows)
    for number, moment in enumerate(moments):
        Schedule.objects.create(
            func="benchmarks.references.note",
            args=str(number),
            schedule_type=Schedule.ONCE,
            next_run=moment,
            name=f"benchmark {number}",
        )


@contextmanager
def polling() -> Iterator[None]:
    """The polling loop, on a connection of its own."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
    ended = threading.Event()
    thread = threading.Thread(target=_poll, args=(ended,))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _poll(ended: threading.Event) -> None:
    while not ended.wait(POLL_SECONDS):
        with connection.cursor() as cursor:
            cursor.execute(_POLL)
    connection.close()


def lateness(kind: str) -> tuple[list[float], int]:
    """Seconds from due to done, and how many were not done at all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM done - due) FROM benchmark_reference WHERE kind = %s", [kind])
        found = [row[0] for row in cursor.fetchall()]
    return [float(late) for late in found if late is not None], sum(late is None for late in found)
