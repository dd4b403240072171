"""Ivo, Petra and Noor of Operations."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from crisisdesk.core.access import Group
from crisisdesk.core.models import User
from tests.conftest import make_person


@pytest.fixture(autouse=True)
def _link_keys(settings: Settings) -> None:
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]


@pytest.fixture
def petra(db: None) -> User:
    """Petra is a colleague of Ivo's."""
    return make_person("Petra Weiss", Group.OPERATIONS)


@pytest.fixture
def noor(db: None) -> User:
    """Noor is another."""
    return make_person("Noor Haddad", Group.OPERATIONS)
