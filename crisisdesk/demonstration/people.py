"""The people of the invented vendor: for each group one who signs in, and one who stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group as AuthGroup

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.people import save_person, set_groups

DOMAIN = "example-cloud.example"


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
