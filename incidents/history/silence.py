"""What a past incident says about how customers were kept informed: pure arithmetic on its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from incidents.history.promised import promised_at
from incidents.history.record import PastIncident, PastUpdate
from incidents.models import PROMISING_KINDS

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PastPromise:
    """A dated promise: which message made it (its place, from 0), and what closed it (None: the end of the record)."""

    made_by: int
    made_at: datetime
    due_at: datetime
    closed_by: int | None
    closed_at: datetime

    @property
    def is_kept(self) -> bool:
        """Kept when the next message, whatever it said, came by the due time."""
        return self.closed_at <= self.due_at and self.closed_by is not None

    @property
    def is_released(self) -> bool:
        """The outage was over before the moment came, and no message said so."""
        return self.closed_at <= self.due_at and self.closed_by is None

    @property
    def late(self) -> timedelta:
        """How late the next message came; zero when it was in time."""
        return max(self.closed_at - self.due_at, timedelta())


def promises_in(incident: PastIncident) -> list[PastPromise]:
    """The dated promises in its messages. Each is closed by the message that followed, so none overlaps another."""
    return list(_promises(incident.updates, incident.resolved_at))


def _promises(updates: Sequence[PastUpdate], resolved_at: datetime) -> Iterator[PastPromise]:
    for place, update in enumerate(updates):
        if update.kind not in PROMISING_KINDS:
            continue
        due_at = promised_at(update.text, update.at)
        if due_at is None:
            continue
        following = place + 1 if place + 1 < len(updates) else None
        closed_at = updates[following].at if following is not None else max(resolved_at, update.at)
        yield PastPromise(place, update.at, due_at, following, closed_at)


def longest_silence(incident: PastIncident) -> timedelta:
    """The longest time without a message between the beginning and the end."""
    moments = [update.at for update in incident.updates if incident.started_at <= update.at <= incident.resolved_at]
    edges = [incident.started_at, *moments, incident.resolved_at]
    return max(later - earlier for earlier, later in pairwise(edges))


def was_long(incident: PastIncident) -> bool:
    """True when it lasted longer than an hour, so that at least one update was due in between (Step 4)."""
    return incident.resolved_at - incident.started_at > HOUR


def had_silent_hour(incident: PastIncident) -> bool:
    """True when it was long and customers heard nothing for more than an hour of it."""
    return was_long(incident) and longest_silence(incident) > HOUR
