"""Reading a file of past incidents: JSON lines, plain or gzip. All or nothing."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from crisisdesk.core.refusals import InvalidInput
from incidents.history.record import BadRecord, PastIncident, Skipped, read_record

GZIP = b"\x1f\x8b"
# As many as a person reads; the count of the others is told.
SHOWN = 20
LARGEST_LINE = 5_000_000


@dataclass(frozen=True, slots=True)
class History:
    """What a file holds: past incidents by the time they began, and how many lines were not taken, by reason."""

    incidents: tuple[PastIncident, ...]
    skipped: dict[str, int]


def read_history(path: Path, *, since: datetime | None = None, limit: int | None = None) -> History:
    """Read a file. `since` leaves out what began earlier, `limit` keeps the newest so many.

    Raises InvalidInput that lists the bad lines with their numbers and reasons; then nothing of the file is used.
    """
    found: dict[str, tuple[int, PastIncident]] = {}
    skipped: Counter[str] = Counter()
    bad: list[str] = []
    try:
        with _opened(path) as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LARGEST_LINE), b""), start=1):
                try:
                    _take(line, number, found, skipped)
                except BadRecord as error:
                    bad.append(f"Line {number}: {error}.")
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path} can't be read: {getattr(error, 'strerror', None) or error}.") from error
    if bad:
        more = [f"… and {len(bad) - SHOWN} more."] if len(bad) > SHOWN else []
        raise InvalidInput("\n".join(["Nothing was imported. Mend these lines:", *bad[:SHOWN], *more]))
    incidents = sorted((row for _, row in found.values()), key=lambda row: (row.started_at, row.external_id))
    if since is not None:
        skipped["before the chosen day"] = sum(row.started_at < since for row in incidents)
        incidents = [row for row in incidents if row.started_at >= since]
    if limit is not None:
        skipped["over the limit"] = max(0, len(incidents) - limit)
        incidents = incidents[max(0, len(incidents) - limit) :]
    return History(tuple(incidents), {reason: count for reason, count in skipped.items() if count})


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        is_compressed = file.read(2) == GZIP
    return cast(BinaryIO, gzip.open(path)) if is_compressed else path.open("rb")


def _take(line: bytes, number: int, found: dict[str, tuple[int, PastIncident]], skipped: Counter[str]) -> None:
    if not line.strip():
        return
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRecord("it is not JSON") from error
    record = read_record(data)
    if isinstance(record, Skipped):
        skipped[record.reason] += 1
        return
    if record.external_id in found:
        raise BadRecord(f"id {record.external_id} is in line {found[record.external_id][0]} already")
    found[record.external_id] = (number, record)
