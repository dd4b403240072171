"""The people of the invented vendor: for each group one who signs in, and one who stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group as AuthGroup

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from crisisdesk.core.people import save_person, set_groups
from incidents.models import IncidentRole, Rank, Shift

DOMAIN = "example-cloud.example"
SHIFT = timedelta(days=14)
# A shift that ends sooner is followed by the next at the start of the demonstration.
ENOUGH = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works at the vendor. `signs_in`: the tour has a login for them."""

    name: str
    group: Group
    title: str
    zone: str
    signs_in: bool = False

    @property
    def username(self) -> str:
        """The first name in small letters."""
        return self.name.split()[0].lower()


PEOPLE = (
    Person("Ivo Brandt", Group.OPERATIONS, "Site reliability engineer", "Europe/Berlin", signs_in=True),
    Person("Noor Haddad", Group.OPERATIONS, "Site reliability engineer", "Europe/London"),
    Person("Dana Reyes", Group.SUPPORT, "Support lead", "Europe/London", signs_in=True),
    Person("Sam Keller", Group.SUPPORT, "Support engineer", "America/New_York"),
    Person("Mara Lindqvist", Group.COMMUNICATIONS, "Communications manager", "Europe/Berlin", signs_in=True),
    Person("Theo Marsh", Group.COMMUNICATIONS, "Copywriter", "Europe/London"),
    Person("Cleo Okafor", Group.SUCCESS, "Customer success manager", "Europe/London", signs_in=True),
    Person("Lena Fischer", Group.SUCCESS, "Customer success manager", "Europe/Berlin"),
    Person("Mira Sato", Group.EXECUTIVES, "Chief operating officer", "Europe/London", signs_in=True),
    Person("Paul Ferrara", Group.EXECUTIVES, "Chief technology officer", "America/New_York"),
    Person("Ada Novak", Group.ADMINISTRATORS, "IT administrator", "Europe/Berlin", signs_in=True),
)
WHO_SIGN_IN = tuple(person for person in PEOPLE if person.signs_in)


def make_people(passwords: Mapping[str, str], *, by: Actor, now: datetime) -> dict[str, User]:
    """The people by user name; those who exist stay as they are. Those without a password can't sign in."""
    return {person.username: _person(person, passwords.get(person.username), by, now) for person in PEOPLE}


def cover_shifts(people: Mapping[str, User], *, by: Actor, now: datetime) -> int:
    """Put somebody first and somebody behind on call for every role, for the next two weeks; how many were added."""
    return sum(
        _cover(role, people[person.username], rank, by, now)
        for role in IncidentRole.objects.all()
        for rank, person in zip(Rank, (person for person in PEOPLE if person.group == role.group), strict=False)
    )


def _person(person: Person, password: str | None, by: Actor, now: datetime) -> User:
    user = User.objects.filter(username=person.username).first()
    if user is not None:
        return user
    first, _, last = person.name.partition(" ")
    user = User(
        username=person.username,
        first_name=first,
        last_name=last,
        email=f"{person.username}@{DOMAIN}",
        job_title=person.title,
        time_zone=person.zone,
        is_staff=True,
    )
    user.set_password(password)
    user = save_person(user, by=by, now=now)
    set_groups(user, AuthGroup.objects.filter(name=person.group), by=by, now=now)
    return user


def _cover(role: IncidentRole, person: User, rank: Rank, by: Actor, now: datetime) -> int:
    last = Shift.objects.filter(role=role, rank=rank, ends_at__gt=now).order_by("-ends_at").first()
    if last is not None and last.ends_at > now + ENOUGH:
        return 0
    starts_at = last.ends_at if last else (now - timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    shift = Shift(role=role, person=person, rank=rank, starts_at=starts_at, ends_at=starts_at + SHIFT)
    stamp(shift, by=by, now=now, reason="demonstration")
    shift.save()
    return 1
