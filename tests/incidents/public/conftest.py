"""Acme's Pat is told of an incident; Globex's Gil of another."""

from __future__ import annotations

from datetime import datetime

import pytest
from pytest_django import Settings

from crisisdesk.core import clock


@pytest.fixture(autouse=True)
def _link_keys(settings: Settings) -> None:
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]
    settings.PRODUCT_NAME = "Example Cloud"


@pytest.fixture
def now() -> datetime:
    """Pages go by the database's clock."""
    return clock.now()
