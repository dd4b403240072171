"""Filling the demonstration's database. Each part looks at what is there, so that a second start keeps it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.demonstration.on_call import fill_schedule
from crisisdesk.demonstration.past import FILE, our_past
from crisisdesk.demonstration.people import make_people
from crisisdesk.demonstration.reviews import Writers, write_postmortems
from customers.company import load_company
from customers.models import Contact, Customer
from incidents.history.importing import import_history
from incidents.history.reading import read_history
from incidents.intake.sources import create_source, hashed, replace_token
from incidents.models import AlertSource, Incident, Template
from incidents.templates import approve

JOB = Actor.job("demonstration")
SOURCE = "Prometheus of the demonstration"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cast:
    """The people by user name."""

    people: Mapping[str, User]

    def group(self, group: Group) -> list[User]:
        """Those of a group, the one who signs in first."""
        return [user for user in self.people.values() if user.groups.filter(name=group).exists()]


def prepare(passwords: Mapping[str, str], *, now: datetime, say: Say, size: str | int = "demo") -> Cast:
    """Make what is missing: people, vendor, on-call, approved templates, past incidents and their post-mortems."""
    cast = Cast(make_people(passwords, by=JOB, now=now))
    fill_schedule(cast.people, by=JOB, now=now)
    approve_templates(cast, now=now)
    if not Customer.objects.exists():
        load_company(size=size, by=JOB, now=now)
        say(f"{Customer.objects.count()} customers with {Contact.objects.count()} contacts")
    if not Incident.objects.exclude(external_id="").exists():
        report = import_history(our_past(read_history(FILE).incidents, newest_before=now), by=JOB, now=now)
        say(f"{report.imported} past incidents with {report.messages} messages")
    writers = Writers(cast.group(Group.OPERATIONS), cast.people["mira"])
    if written := write_postmortems(writers, now=now):
        say(f"{written} post-mortems")
    return cast


def approve_templates(cast: Cast, *, now: datetime) -> int:
    """Mara approves every template that waits for it; how many."""
    mara = Actor.person(cast.people["mara"])
    return len([approve(row, by=mara, now=now) for row in Template.objects.filter(approved_at=None, is_active=True)])


def alert_source(token: str, *, now: datetime) -> tuple[AlertSource, str]:
    """The alert source of the demonstration and its token; a new token when the one remembered is not its own."""
    source = AlertSource.objects.filter(name=SOURCE).first()
    if source is None:
        return create_source(SOURCE, by=JOB, now=now)
    if not token or source.token_hash != hashed(token):
        token = replace_token(source, by=JOB, now=now)
    return source, token
