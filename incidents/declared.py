"""Support is told at once when it is Support's turn to write: declaration, relapse, green light (Steps 3 and 5)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Incident, IncidentRole, IncidentType, Notification, Whom
from incidents.oncall.notify import notify
from incidents.oncall.who import find
from incidents.timeline import Kind, entry

# Whoever writes to customers, and whoever answers them meanwhile. A person who holds both is told once.
ROLES = ("liaison", "support-on-call")


def tell_support(incident: Incident, *, by: Actor, now: datetime, relapse: bool = False) -> None:
    """Notify the people on call who write to customers, inside the transaction of the declaration or the reopening."""
    what = "reopened: tell customers that it is back" if relapse else "declared: alert the affected customers"
    body = (
        f"{by.name} {'reopened' if relapse else 'declared'} “{incident.title}”. The message is prefilled and its "
        "audience is chosen: look at it, and send it within a minute."
    )
    _tell(incident, what, body, by=by, now=now)


def tell_leads(incident: Incident, *, by: Actor, now: datetime) -> None:
    """Notify whom the incident's type names: who leads it, and who is to know (Step 0).

    Whoever declared it knows, and Support has been told already.
    """
    words = (f"declared:{incident.pk}:{incident.version}", "declared", f"{by.name} declared “{incident.title}”.")
    if told := _tell_roles(incident, None, words, by, now):
        entry(Kind.NOTIFICATION, f"Told of the declaration: {told}", incident=incident, by=by, now=now)


def tell_new_leads(incident: Incident, before: IncidentType | None, *, by: Actor, now: datetime) -> None:
    """The incident is of another type than `before`: whom only the new one names is told, once for each type."""
    body = f"{by.name} changed the type of “{incident.title}” from {before or 'none'} to {incident.incident_type}."
    words = (f"type:{incident.pk}:{incident.incident_type_id}", "is its type now", body)
    if told := _tell_roles(incident, before, words, by, now):
        entry(Kind.NOTIFICATION, f"Told of the new type: {told}", incident=incident, by=by, now=now)


def _tell_roles(
    incident: Incident, before: IncidentType | None, words: tuple[str, str, str], by: Actor, now: datetime
) -> str:
    """The names of those who are told now, with their roles; whoever had the same part under `before` knows."""
    kind = incident.incident_type
    if kind is None:
        return ""
    key, what, body = words
    leads = [kind.lead_role] if kind.lead_role else []
    led = before.lead_role if before else None
    knowing = set(before.told_roles.all()) if before else set()
    told: list[str] = []
    for role in dict.fromkeys([*leads, *kind.told_roles.exclude(slug__in=ROLES)]):
        if role == led or (role in knowing and role not in leads):
            continue
        part = f"{kind.name}: you lead it as {role}" if role in leads else f"{kind.name} {what}"
        where = f"\n\nPeople meet at {kind.bridge_url}" if kind.bridge_url else ""
        notes = notify(
            [person for person in find([role], now, Whom.PRIMARY)[0].people if person.pk != by.person_id],
            key=key,
            purpose=Notification.Purpose.BRIEFING,
            subject=f"{incident.reference} {incident.severity} {part}",
            body=f"{body}{where}",
            link=reverse("admin:incidents_incident_change", args=[incident.pk]),
            link_label="Open the incident room",
            incident=incident,
            role=role,
            now=now,
            is_drill=incident.is_drill,
        )
        told += [f"{note.person} ({role})" for note in notes if note.created_at == now]
    return ", ".join(dict.fromkeys(told))


def tell_of_green_light(incident: Incident, *, by: Actor, now: datetime) -> None:
    """Notify the same people that the final message can leave (Step 5)."""
    body = f"{by.name} gave the green light: {incident.green_light_note}\n\nWrite the final message now."
    _tell(incident, "has its green light: send the final message", body, by=by, now=now)


def _tell(incident: Incident, what: str, body: str, *, by: Actor, now: datetime) -> None:
    people: dict[User, IncidentRole] = {}
    roles = sorted(IncidentRole.objects.filter(slug__in=ROLES), key=lambda role: ROLES.index(role.slug))
    for call in find(roles, now, Whom.PRIMARY):
        for person in call.people:
            people.setdefault(person, call.role)
    names = []
    for person, told_as in people.items():
        told = notify(
            [person],
            key=f"write:{incident.pk}:{incident.version}",
            purpose=Notification.Purpose.REMINDER,
            subject=f"[WRITE] {incident.reference} {incident.severity} {what}",
            body=body,
            link=reverse("admin:incidents_incident_change", args=[incident.pk]),
            link_label="Open the incident room",
            incident=incident,
            role=told_as,
            now=now,
            is_drill=incident.is_drill,
        )
        names += [str(note.person) for note in told]
    text = f"Support told to write to customers: {', '.join(names) or 'nobody (no one holds the role)'}"
    entry(Kind.NOTIFICATION, text, incident=incident, by=by, now=now)
