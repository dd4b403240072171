"""Who leads an incident: commander, customer liaison and scribe, taken, handed over and released (Step 0)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from crisisdesk.core import deadlines
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import DeadlineStep, User
from crisisdesk.core.refusals import NotAllowed, WrongState
from incidents.changing import change
from incidents.locking import locked
from incidents.models import Incident, IncidentRole, Notification, Whom
from incidents.oncall.notify import notify
from incidents.oncall.repeating import again
from incidents.oncall.who import find
from incidents.timeline import Kind, entry

CommandRole = Literal["commander", "liaison", "scribe"]
# Who may hold a role in an incident, take it, hand it over and release it.
COMMAND_ROLES: Mapping[CommandRole, frozenset[Group]] = {
    "commander": frozenset({Group.OPERATIONS}),
    "liaison": frozenset({Group.SUPPORT}),
    "scribe": frozenset({Group.OPERATIONS, Group.SUPPORT, Group.COMMUNICATIONS}),
}
KIND = "vacant roles"
KEEPER = Actor.job("role keeper")
# On-call role whose people are told that a role is vacant. A scribe is found by the commander.
_ASKED: Mapping[CommandRole, str] = {"commander": "commander", "liaison": "liaison", "scribe": "commander"}


def vacant_roles(incident: Incident) -> list[CommandRole]:
    """The roles that nobody holds, while it matters."""
    if not incident.is_open or incident.is_brief:
        return []
    return [role for role in COMMAND_ROLES if getattr(incident, f"{role}_id") is None]


def take_role(
    incident: Incident, role: CommandRole, person: User, *, by: Actor, now: datetime, note: str = ""
) -> Incident:
    """Make `person` commander (Operations), customer liaison (Support) or scribe (either, or Communications).

    Whoever may hold the role may take it or hand it over; `note` is what the next one should know, and stands in the
    timeline. Whoever gets the role and whoever loses it is told, unless they did it. Raises NotAllowed, WrongState.
    """
    allowed = _allowed(role, by, "name")
    if not person.is_active or not person.groups.filter(name__in=allowed).exists():
        raise NotAllowed(f"{person} is not in {_one_of(allowed)} and can't be {role}.")
    with transaction.atomic():
        before = getattr(locked(incident), role)
        after = f", after {before}" if before and before != person else ""
        text = f"{person} is {role}{after}" + (f": {note.strip()}" if note.strip() else "")
        changes = {f"{role}_id": person.pk}
        changed = change(incident, changes, text, f"incident.{role}_named", f"name its {role}", by, now)
        if before != person:
            body = f"{by.name} handed you the role in “{incident.title}”."
            _tell_person(changed, role, person, f"you are the {role} now", body, note.strip(), by, now)
            body = f"{person} is the {role} of “{incident.title}” from now on; {by.name} said so."
            _tell_person(changed, role, before, f"{person} is the {role} now", body, note.strip(), by, now)
    return changed


def release_role(incident: Incident, role: CommandRole, *, by: Actor, now: datetime, note: str = "") -> Incident:
    """Put a role down without a successor; it is a task from now on, and the people on call are told if it stays so.

    Whoever may hold the role may release it. Raises NotAllowed; WrongState when nobody holds it or it is over.
    """
    _allowed(role, by, "release")
    with transaction.atomic():
        before = getattr(locked(incident), role)
        if before is None:
            raise WrongState(f"{incident.reference} has no {role}, so there is nothing to release.")
        text = f"{before} is {role} no longer, and nobody is" + (f": {note.strip()}" if note.strip() else "")
        changed = change(
            incident, {f"{role}_id": None}, text, f"incident.{role}_released", f"release its {role}", by, now
        )
        watch_roles(changed, now=now)
    return changed


def watch_roles(incident: Incident, *, now: datetime) -> None:
    """Start the clock on vacant roles, inside the transaction of the declaration, the reopening or the release."""
    patience = timedelta(seconds=settings.VACANT_ROLE_SECONDS)
    steps = [deadlines.Step("on call", now + patience), deadlines.Step("group", now + 2 * patience)]
    deadlines.set_deadline(kind=KIND, key=str(incident.pk), due_at=now + patience, steps=steps, now=now)


def fire(step: DeadlineStep, now: datetime) -> None:
    """The handler of the deadline: whoever should take a vacant role is told, then all who might, until it is taken."""
    incident = Incident.objects.select_related("commander").get(pk=int(step.deadline.key))
    vacant = vacant_roles(incident)
    if not vacant:
        deadlines.close(kind=KIND, key=step.deadline.key, now=now)
        return
    if step.name != "on call":
        deadlines.add_step(step.deadline, again(step, settings.VACANT_ROLE_SECONDS, now))
    whom = Whom.PRIMARY if step.name == "on call" else Whom.GROUP
    for role in vacant:
        asked = IncidentRole.objects.filter(slug=_ASKED[role]).first()
        people = find([asked], now, whom)[0].people if asked else ()
        if role == "scribe" and incident.commander is not None and step.name == "on call":
            people = (incident.commander,)
        told = notify(
            people,
            key=f"vacant:{step.deadline_id}:{step.name}:{role}",
            purpose=Notification.Purpose.BRIEFING,
            subject=f"{incident.reference} has no {role}",
            body=f"“{incident.title}” goes on, and nobody is its {role}. Open the room and take the role, or name "
            "somebody.",
            link=reverse("admin:incidents_incident_change", args=[incident.pk]),
            link_label="Open the incident room",
            incident=incident,
            role=asked,
            now=now,
            is_drill=incident.is_drill,
        )
        names = ", ".join(str(note.person) for note in told) or "nobody (no one holds the role)"
        entry(Kind.NOTIFICATION, f"No {role} yet; told: {names}", incident=incident, by=KEEPER, now=now)


def _allowed(role: CommandRole, by: Actor, verb: str) -> frozenset[Group]:
    allowed = COMMAND_ROLES[role]
    if allowed.isdisjoint(by.groups):
        raise NotAllowed(f"{by.name} may not {verb} the {role}. This takes {_one_of(allowed)}.")
    return allowed


def _one_of(groups: frozenset[Group]) -> str:
    return " or ".join(group for group in Group if group in groups)


def _tell_person(
    incident: Incident, role: str, person: User | None, what: str, body: str, note: str, by: Actor, now: datetime
) -> None:
    if person is None or person.pk == by.person_id:
        return
    notify(
        [person],
        key=f"role:{incident.pk}:{incident.version}:{role}",
        purpose=Notification.Purpose.BRIEFING,
        subject=f"{incident.reference}: {what}",
        body=f"{body}\n\n{note}" if note else body,
        link=reverse("admin:incidents_incident_change", args=[incident.pk]),
        link_label="Open the incident room",
        incident=incident,
        now=now,
        is_drill=incident.is_drill,
    )
