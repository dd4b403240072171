"""Whether the work that must not be missed is being done: what `/healthz` and the console's strip read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce

from crisisdesk.core import clock, clockwatch
from crisisdesk.core.engine import loops
from crisisdesk.core.models import ClockHold, Heartbeat, Lease

# A wedged cluster is replaced within ten seconds; what takes longer is told.
LATE_AFTER = timedelta(seconds=10)

State = Literal["running", "late", "failing"]


@dataclass(frozen=True, slots=True)
class LoopHealth:
    """One loop. `late`: nobody has run it for ten seconds; `failing`: its passes end in faults for as long."""

    name: str
    state: State
    last_beat_at: datetime | None
    last_good_pass_at: datetime | None
    failures: int
    fault: str


@dataclass(frozen=True, slots=True)
class Health:
    """The whole; `reasons` are sentences for people, empty when all is well."""

    database: bool
    loops: tuple[LoopHealth, ...]
    supervisors: int
    reasons: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Nothing to tell."""
        return not self.reasons


def check() -> Health:
    """Look at the rows (one read beside the clock); never raises for a database that is away.

    Supervisors are counted beside the leases: where no loop has ever run, none has been at work.
    """
    try:
        now = clock.now()
        alive = Heartbeat.objects.filter(kind="supervisor", beat_at__gt=now - LATE_AFTER).order_by().values("kind")
        count = Coalesce(Subquery(alive.annotate(count=Count("pk")).values("count")), 0)
        hold = Subquery(ClockHold.objects.filter(ended_at=None).values("pk")[:1])
        leases = {lease.name: lease for lease in Lease.objects.annotate(supervisors=count, hold=hold)}
        supervisors, held = next(((lease.supervisors, lease.hold) for lease in leases.values()), (0, None))
        jump = ClockHold.objects.filter(pk=held).first() if held is not None else None
    except (DatabaseError, InterfaceError):
        return Health(database=False, loops=(), supervisors=0, reasons=("The database does not answer.",))
    found = tuple(_health_of(loop.name, leases.get(loop.name), now) for loop in loops.registered())
    reasons = [reason for loop in found if (reason := _reason(loop, now))]
    if reasons and not supervisors:
        reasons.append("No supervisor is at work. Start it with: manage.py run")
    if jump is not None:
        reasons.append(clockwatch.words(jump))
    return Health(database=True, loops=found, supervisors=supervisors, reasons=tuple(reasons))


def _health_of(name: str, lease: Lease | None, now: datetime) -> LoopHealth:
    if lease is None or lease.beat_at is None:
        return LoopHealth(name, "late", None, None, 0, "")
    state: State = "running"
    if now - lease.beat_at > LATE_AFTER:
        state = "late"
    elif lease.failures and (lease.passed_at is None or now - lease.passed_at > LATE_AFTER):
        state = "failing"
    return LoopHealth(name, state, lease.beat_at, lease.passed_at, lease.failures, lease.fault)


def _reason(loop: LoopHealth, now: datetime) -> str:
    if loop.state == "failing":
        return f"The loop “{loop.name}” has failed {loop.failures} times in a row: {loop.fault}."
    if loop.state == "late":
        if loop.last_beat_at is None:
            return f"The loop “{loop.name}” has never run."
        return f"The loop “{loop.name}” has not run for {(now - loop.last_beat_at).total_seconds():.0f} s."
    return ""
