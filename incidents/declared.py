"""Support is told of a declaration at once, with the way to the first message (Step 3)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from crisisdesk.core.actors import Actor
from incidents.models import Incident, Notification, Whom
from incidents.oncall.notify import notify
from incidents.oncall.who import on_call
from incidents.timeline import Kind, entry

# Whoever writes to customers, and whoever answers them meanwhile. A person who holds both is told once.
ROLES = {"liaison": "Customer liaison", "support-on-call": "On-call support"}


def tell_support(incident: Incident, *, by: Actor, now: datetime) -> None:
    """Notify the people on call who write to customers, inside the declaration's transaction."""
    people = {}
    for slug, name in ROLES.items():
        for person in on_call(slug, now, Whom.PRIMARY):
            people.setdefault(person, name)
    names = []
    for person, role in people.items():
        names += [
            str(note.person)
            for note in notify(
                [person],
                key=f"declared:{incident.pk}",
                purpose=Notification.Purpose.BRIEFING,
                subject=f"[WRITE] {incident.reference} {incident.severity} declared: alert the affected customers",
                body=(
                    f"{by.name} declared “{incident.title}”. The first message is prefilled and its audience is "
                    "chosen: look at it, and send it within a minute."
                ),
                link=reverse("admin:incidents_incident_change", args=[incident.pk]),
                link_label="Open the incident room",
                incident=incident,
                role=role,
                now=now,
                is_drill=incident.is_drill,
            )
        ]
    told = ", ".join(names) or "nobody (no one holds the role)"
    entry(Kind.NOTIFICATION, f"Support told to write to customers: {told}", incident=incident, by=by, now=now)
