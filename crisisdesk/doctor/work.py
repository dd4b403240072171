"""The clock, the loops, the words and the people: what a crisis needs ready beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from crisisdesk.core import health
from crisisdesk.core.models import User
from crisisdesk.doctor.finding import Finding, fail, ok, warn
from customers.delivery import trouble
from incidents.models import IncidentRole, Rank, Shift, Template, UpdateKind

CLOCK_WARN, CLOCK_FAIL = timedelta(seconds=2), timedelta(seconds=60)
AHEAD = timedelta(days=7)
# A correction is written for the case; a report has a page of its own.
PREPARED_KINDS = (UpdateKind.INITIAL, UpdateKind.PROGRESS, UpdateKind.HOLDING, UpdateKind.FINAL)


def examine(now: datetime) -> Iterator[Finding]:
    """Findings on loops, open troubles, templates and people on call for the next seven days."""
    yield _loops()
    for row in trouble.open_troubles()[:10]:
        hint = "It closes by itself when the way works again." if row.message is None else "Then resume the message."
        yield fail("sending", f"{row.transport}: {row.reason}", hint)
    yield _templates()
    yield from _on_call(now)


def clock(ours: datetime, database: datetime) -> Finding:
    """This machine's clock beside the database's, both UTC."""
    apart = abs(ours - database)
    text = f"This machine's clock and the database's are {apart.total_seconds():.1f} s apart."
    hint = "Let both follow a time server (NTP); promises are kept by the database's clock."
    if apart >= CLOCK_FAIL:
        return fail("clock", text, hint)
    return warn("clock", text, hint) if apart >= CLOCK_WARN else ok("clock", text)


def _loops() -> Finding:
    found = health.check()
    if not found.database:
        return fail("worker", "The database does not answer.", "Look at DATABASE_URL and the server.")
    if found.reasons:
        return fail("worker", " ".join(found.reasons), "Start it with: manage.py run")
    return ok("worker", f"{len(found.loops)} loops are running.")


def _templates() -> Finding:
    ready = set(Template.objects.approved().values_list("kind", flat=True))
    missing = [kind.label for kind in PREPARED_KINDS if kind not in ready]
    waiting = Template.objects.filter(is_active=True, approved_at=None).count()
    hint = "Marketing communications approves them under Message templates."
    if missing:
        return fail("templates", f"No approved template for: {', '.join(missing)}.", hint)
    if waiting:
        return warn("templates", f"{waiting} template(s) in use wait for approval.", hint)
    return ok("templates", "There is an approved template for each kind of message.")


def _on_call(now: datetime) -> Iterator[Finding]:
    roles = list(IncidentRole.objects.filter(paged_on_alert=True))
    if not roles:
        yield fail("on call", "No role is paged when an alert arrives.", "Tick “paged on alert” on a role.")
    until = now + AHEAD
    for role in roles:
        shifts = Shift.objects.filter(
            role=role, rank=Rank.PRIMARY, starts_at__lt=until, ends_at__gt=now, person__is_active=True
        )
        free = gaps(shifts.values_list("starts_at", "ends_at"), now, until)
        people = User.objects.filter(is_active=True, groups__name=role.group).exclude(email="").count()
        if not people:
            text = f"{role}: nobody active with an e-mail address in {role.group}."
            yield fail("on call", text, "Add people to the group, and their addresses.")
        elif free:
            start, end = free[0]
            text = f"{role}: nobody from {start:%a %d %b %H:%M} to {end:%a %d %b %H:%M} UTC ({len(free)} gap(s))."
            yield warn("on call", text, f"Add shifts; until then everybody in {role.group} is told.")
        else:
            yield ok("on call", f"{role}: covered for the next {AHEAD.days} days.")


def gaps(
    shifts: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The times between `start` and `end` that no shift covers, in order. Pure."""
    found, reached = [], start
    for begins, ends in sorted(shifts):
        if begins > reached:
            found.append((reached, min(begins, end)))
        reached = max(reached, ends)
        if reached >= end:
            return found
    return [*found, (reached, end)]
