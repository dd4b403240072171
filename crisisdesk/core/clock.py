"""One clock for everybody: the database's."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """The time (UTC) by the database's clock; on SQLite the machine's, which is the same clock.

    Read it once where work enters (a view, a pass of a loop, a command) and pass it inward.
    """
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    value: datetime = row[0]
    return value.astimezone(UTC)
