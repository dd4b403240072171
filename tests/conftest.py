"""The cast, and what every test shares.

Dana (Support), Ivo (Operations), Mara (Marketing communications), Cleo (Customer success), Mira (Executives),
Ada (Administrators) and Otto, who holds no role.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group as AuthGroup
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from tests.plugins.migrated import django_db_setup

# A busy machine is no fault of what is tested: nothing here fails for the time that it takes.
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")

__all__ = ["django_db_setup"]
PASSWORD = "correct horse battery staple"


@pytest.fixture
def now() -> datetime:
    """A Tuesday afternoon, UTC."""
    return datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def make_person(name: str, *groups: Group) -> User:
    """A person of the cast with the groups given; the password is PASSWORD."""
    first, _, last = name.partition(" ")
    user = User.objects.create_user(
        username=first.lower(),
        email=f"{first.lower()}@vendor.example",
        password=PASSWORD,
        first_name=first,
        last_name=last,
        is_staff=True,
    )
    user.groups.set(AuthGroup.objects.filter(name__in=groups))
    return user


@pytest.fixture
def dana(db: None) -> User:
    """Dana answers customers: Support."""
    return make_person("Dana Reyes", Group.SUPPORT)


@pytest.fixture
def ivo(db: None) -> User:
    """Ivo runs the systems: Operations."""
    return make_person("Ivo Brandt", Group.OPERATIONS)


@pytest.fixture
def mara(db: None) -> User:
    """Mara finds the words: Marketing communications."""
    return make_person("Mara Lindqvist", Group.COMMUNICATIONS)


@pytest.fixture
def cleo(db: None) -> User:
    """Cleo looks after accounts: Customer success."""
    return make_person("Cleo Okafor", Group.SUCCESS)


@pytest.fixture
def mira(db: None) -> User:
    """Mira decides: Executives."""
    return make_person("Mira Sato", Group.EXECUTIVES)


@pytest.fixture
def ada(db: None) -> User:
    """Ada keeps the settings: Administrators."""
    return make_person("Ada Novak", Group.ADMINISTRATORS)


@pytest.fixture
def otto(db: None) -> User:
    """Otto may sign in and holds no role."""
    return make_person("Otto Klein")


@pytest.fixture
def by_dana(dana: User) -> Actor:
    """Dana as the actor of a verb."""
    return Actor.person(dana)


@pytest.fixture
def by_ivo(ivo: User) -> Actor:
    """Ivo as the actor of a verb."""
    return Actor.person(ivo)


@pytest.fixture
def by_mara(mara: User) -> Actor:
    """Mara as the actor of a verb."""
    return Actor.person(mara)


@pytest.fixture
def by_mira(mira: User) -> Actor:
    """Mira as the actor of a verb."""
    return Actor.person(mira)


@pytest.fixture
def by_ada(ada: User) -> Actor:
    """Ada as the actor of a verb."""
    return Actor.person(ada)


@pytest.fixture
def by_otto(otto: User) -> Actor:
    """Otto as the actor of a verb."""
    return Actor.person(otto)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser-like client in which the person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
