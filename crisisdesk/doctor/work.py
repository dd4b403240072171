"""The clock, the loops, the words and the people: what a crisis needs ready beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count

from crisisdesk.core import health
from crisisdesk.core.models import DeadlineStep, User
from crisisdesk.core.models.deadline import StepState
from crisisdesk.doctor.finding import Finding, fail, ok, warn
from customers.delivery import trouble
from incidents.models import IncidentRole, Rank, Template, UpdateKind
from incidents.oncall import reach
from incidents.schedules.standing import AHEAD, plan_of

WEEK = timedelta(days=7)
CLOCK_WARN, CLOCK_FAIL = timedelta(seconds=2), timedelta(seconds=60)
# A correction is written for the case; a report has a page of its own.
PREPARED_KINDS = (UpdateKind.INITIAL, UpdateKind.PROGRESS, UpdateKind.HOLDING, UpdateKind.FINAL)


def examine(now: datetime) -> Iterator[Finding]:
    """Findings on loops, open troubles, templates and people on call for the next 14 days."""
    yield _loops()
    for row in trouble.open_troubles()[:10]:
        hint = "It closes by itself when the way works again." if row.message is None else "Then resume the message."
        yield fail("sending", f"{row.transport}: {row.reason}", hint)
    yield from _set_aside(now)
    yield _templates()
    yield from _on_call(now)
    yield from _reach(now)


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


def _set_aside(now: datetime) -> Iterator[Finding]:
    """Steps of deadlines that failed for the last time within a week, by kind; no line without any."""
    lost = DeadlineStep.objects.filter(state=StepState.FAILED, done_at__gt=now - WEEK)
    hint = "The log of the worker says why; what they should have done did not happen."
    for kind, count in lost.order_by().values_list("deadline__kind").annotate(count=Count("pk")):
        yield fail("deadlines", f"{count} step(s) of “{kind}” failed and were set aside in the last seven days.", hint)


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
    plan = plan_of(roles, now, now + AHEAD)
    missing = {role.pk: plan.gaps(role) for role in roles}
    for role in roles:
        free = [gap for gap in missing[role.pk] if gap.rank == Rank.PRIMARY]
        people = User.objects.filter(is_active=True, groups__name=role.group).exclude(email="").count()
        if not people:
            text = f"{role}: nobody active with an e-mail address in {role.group}."
            yield fail("on call", text, "Add people to the group, and their addresses.")
        elif free:
            first = free[0]
            text = f"{role}: nobody from {first.start:%a %d %b %H:%M} to {first.end:%a %d %b %H:%M} UTC "
            hint = f"Mend it under On call; until then the backup or everybody in {role.group} is told."
            yield warn("on call", f"{text}({len(free)} gap(s) in {AHEAD.days} days).", hint)
        else:
            backup = ", at times without a backup" if missing[role.pk] else ""
            yield ok("on call", f"{role}: covered for the next {AHEAD.days} days{backup}.")
        if left := {duty.person for rank in Rank.values for duty in plan.rules.left.get((role.pk, rank), [])}:
            text = f"{role}: {len(left)} person(s) in the schedule are no longer in {role.group} and do not count."
            yield warn("on call", text, "Put others in their place under On call, or add them to the group.")


def _reach(now: datetime) -> Iterator[Finding]:
    """Whether those who are paged can be woken. No names: who it is stands under “Contact methods” in the console."""
    found = reach.reachability(reach.people_to_reach(now))
    hint = "Each adds a telephone or a push service under “My contact methods” and enters its code."
    alone = sum(not person.has_second for person in found)
    asleep = sum(not person.can_be_woken for person in found)
    if alone:
        yield warn("reach", f"{alone} of {len(found)} people who are paged have no second channel beside e-mail.", hint)
    elif asleep:
        yield warn("reach", f"{asleep} of {len(found)} people who are paged have no telephone and no push.", hint)
    elif found:
        yield ok("reach", f"All {len(found)} people who are paged can be woken.")
    if waiting := reach.unverified():
        text = f"{len(waiting)} contact method(s) wait for their code, so they are not used."
        yield warn("reach", text, "Their people enter the code, or ask for another one, under “My contact methods”.")
    if troubled := sum(len(person.troubled) for person in found):
        text = f"{troubled} contact method(s) of people who are paged failed at the last try."
        yield warn("reach", text, "The administrators' list of contact methods says why.")
