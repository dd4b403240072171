"""Notices that the database's clock has jumped, holds what is due, and lets it go when the clock can be trusted again.

The clock is compared with the seconds since this machine began (`ticks`), which no correction of the clock moves and
which run on while a laptop sleeps, so that waking up is no jump. Each machine keeps an anchor: what the clock said at
which tick when the two last agreed. The first look after a jump sees the difference, whoever makes it.
"""

from __future__ import annotations

import socket
import time
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Max

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import ClockAnchor, ClockHold
from crisisdesk.core.refusals import WrongState

# Corrections by less are a matter of course, and shift no promise by more than its reader notices.
TOLERANCE = timedelta(seconds=10)
# Two clocks drift apart by a part in ten thousand: the anchor follows long before that adds up to the tolerance.
ANCHOR_SECONDS = 5.0
WATCH = Actor.job("clock watch")


def ticks() -> float:
    """Seconds since this machine began, its sleep included where the system counts that (Linux does)."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@lru_cache(maxsize=1)
def boot() -> str:
    """Names this machine and its start; ticks are comparable under one name only."""
    try:
        started = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        started = f"{round(time.time() - ticks(), -2):.0f}"
    return f"{socket.gethostname()[:100]} {started}"


def open_hold() -> ClockHold | None:
    """The jump for which actions are held now; None when the clock is trusted."""
    return ClockHold.objects.filter(ended_at=None).first()


def may_act(now: datetime) -> bool:
    """Compare `now`, just read, with this machine's ticks; False while due actions are held.

    Two reads, and a write every five seconds. Called before each look at what is due, several times a second.
    """
    ticked = ticks()
    hold = open_hold()
    anchor = ClockAnchor.objects.filter(boot=boot()).first()
    if anchor is None:
        return _begin(now, ticked, hold)
    ahead = now - (expected := anchor.at + timedelta(seconds=ticked - anchor.ticks))
    # Begun before it stopped, a machine knows only that it is later than that: how long it was off, nobody counted.
    is_plausible = ahead > TOLERANCE and hold is not None and hold.expected_at == anchor.at
    if abs(ahead) > TOLERANCE and not is_plausible:
        if hold is None:
            _hold(now, expected)
        return False
    if hold is not None:
        _end(hold, by=WATCH, now=now)
    if is_plausible or ticked - anchor.ticks >= ANCHOR_SECONDS:
        ClockAnchor.objects.filter(pk=anchor.pk).update(ticks=ticked, at=now)
    return True


def trust(hold: ClockHold, *, by: Actor, now: datetime) -> None:
    """An administrator's word that the clock is right as it is: what is due goes on by it.

    Raises NotAllowed; WrongState when the hold has ended already.
    """
    require(by, Act.MANAGE_SETTINGS)
    with transaction.atomic():
        row = ClockHold.objects.select_for_update().get(pk=hold.pk)
        if row.ended_at is not None:
            raise WrongState("This is over already; nothing is held.")
        # Every machine takes its bearings anew.
        ClockAnchor.objects.all().delete()
        _end(row, by=by, now=now)


def words(hold: ClockHold) -> str:
    """What people are told."""
    amount = timedelta(seconds=round(abs(hold.jumped_seconds)))
    side = "forward" if hold.jumped_seconds > 0 else "back"
    return (
        f"The clock jumped {side} by {amount} at {hold.expected_at:%H:%M:%S} UTC, so reminders, escalations, misses "
        "and automatic messages are held: keep the promises yourself. They go on when the clock is right again; if it "
        "is right now, an administrator says so under “Clock jumps”."
    )


def _begin(now: datetime, ticked: float, hold: ClockHold | None) -> bool:
    """This machine looks for the first time since it began: it has no bearings but those of others."""
    if hold is not None:
        return False
    newest: datetime | None = ClockAnchor.objects.aggregate(at=Max("at"))["at"]
    if newest is not None and now < newest - TOLERANCE:
        # It was later than this before the machine went down.
        ClockAnchor.objects.get_or_create(boot=boot(), defaults={"ticks": ticked, "at": newest})
        _hold(now, newest)
        return False
    ClockAnchor.objects.get_or_create(boot=boot(), defaults={"ticks": ticked, "at": now})
    return True


def _hold(now: datetime, expected: datetime) -> None:
    jumped = (now - expected).total_seconds()
    try:
        with transaction.atomic():
            hold = ClockHold.objects.create(
                expected_at=expected, noticed_at=now, jumped_seconds=jumped, host=socket.gethostname()[:120]
            )
            audit.record("clock.jumped", by=WATCH, now=now, on=hold, data={"seconds": round(jumped, 1)})
    except IntegrityError:
        # Another machine was quicker.
        return


def _end(hold: ClockHold, *, by: Actor, now: datetime) -> None:
    with transaction.atomic():
        if ClockHold.objects.filter(pk=hold.pk, ended_at=None).update(ended_at=now, ended_by_name=by.name):
            audit.record("clock.trusted", by=by, now=now, on=hold, data={"seconds": round(hold.jumped_seconds, 1)})
