"""Prepare a database for a walk, in a process of its own: people, shifts, a policy that counts in seconds, a source.

Prints one JSON object: the token of the alert source.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.models import Region, Service, ServiceDependency
from incidents.intake.sources import create_source
from incidents.models import IncidentRole, IncidentType, PolicyStep, PromisePolicy, Rank, Shift

PASSWORD = "correct horse battery staple"
PEOPLE = {
    "dana": ("Dana", "Reyes", "Support"),
    "sara": ("Sara", "Holm", "Support"),
    "ivo": ("Ivo", "Brandt", "Operations"),
    "ines": ("Ines", "Costa", "Operations"),
    "mara": ("Mara", "Lindqvist", "Marketing communications"),
    "cleo": ("Cleo", "Okafor", "Customer success"),
    "mira": ("Mira", "Sato", "Executives"),
    "ada": ("Ada", "Novak", "Administrators"),
}
ON_CALL: dict[str, tuple[str, str | None]] = {
    "operations-on-call": ("ivo", "ines"),
    "commander": ("ivo", "ines"),
    "support-on-call": ("dana", "sara"),
    "liaison": ("dana", "sara"),
    "executive-sponsor": ("mira", None),
}
# Seconds before the promised moment.
REMINDER, ESCALATION = 40, 20


def main() -> None:
    """Write the rows."""
    now = clock.now()
    people = {}
    for username, (first, last, group) in PEOPLE.items():
        person = User(username=username, email=f"{username}@vendor.example", first_name=first, last_name=last)
        person.is_staff = True
        person.set_password(PASSWORD)
        person.save()
        person.groups.add(Group.objects.get(name=group))
        people[username] = person
    for slug, (primary, backup) in ON_CALL.items():
        role = IncidentRole.objects.get(slug=slug)
        _on_call(role, people[primary], Rank.PRIMARY, now)
        if backup is not None:
            _on_call(role, people[backup], Rank.BACKUP, now)
    policy = PromisePolicy.objects.create(name="In seconds", severity="SEV1", shortest_gap_minutes=15)
    for offset, action, slug, whom in (
        (-REMINDER, "remind", "liaison", "primary"),
        (-ESCALATION, "escalate", "liaison", "backup"),
        (-ESCALATION, "escalate", "commander", "primary"),
        (0, "miss", "executive-sponsor", "primary"),
    ):
        role = IncidentRole.objects.get(slug=slug)
        PolicyStep.objects.create(policy=policy, offset_seconds=offset, action=action, role=role, whom=whom)
    IncidentType.objects.filter(name="Regional outage").update(policy=policy, default_severity="SEV1")
    payments = Service.objects.create(slug="payments-api", name="Payments API")
    checkout = Service.objects.create(slug="checkout", name="Checkout")
    Service.objects.create(slug="reports", name="Reports")
    ServiceDependency.objects.create(service=checkout, depends_on=payments)
    Region.objects.create(slug="eu-west", name="Europe West")
    _, token = create_source("Alertmanager", by=Actor.person(people["ada"]), now=now)
    json.dump({"token": token}, sys.stdout)


def _on_call(role: IncidentRole, person: User, rank: str, now: datetime) -> None:
    day = timedelta(days=1)
    Shift.objects.create(role=role, person=person, rank=rank, starts_at=now - day, ends_at=now + day)
