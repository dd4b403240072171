"""People on call: Ivo (backup Petra) for Operations, Dana (backup Sam) for Support."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from crisisdesk.core.access import Group
from crisisdesk.core.models import User
from incidents.models import Rank
from tests.conftest import make_person
from tests.incidents.oncall.cast import put_on_call


@pytest.fixture(autouse=True)
def _link_keys(settings: Settings, tmp_path: Path) -> None:
    settings.JOURNAL_DIR = tmp_path / "journal"
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]
    settings.ACKNOWLEDGE_SECONDS = 300
    settings.QUALIFY_SECONDS = 900


@pytest.fixture
def petra(db: None) -> User:
    """Petra backs Ivo up: Operations."""
    return make_person("Petra Weiss", Group.OPERATIONS)


@pytest.fixture
def sam(db: None) -> User:
    """Sam backs Dana up: Support."""
    return make_person("Sam Ortiz", Group.SUPPORT)


@pytest.fixture
def on_call(now: datetime, ivo: User, dana: User, petra: User, sam: User) -> SimpleNamespace:
    """Everybody in place, around `now`."""
    put_on_call(ivo, "operations-on-call", now)
    put_on_call(petra, "operations-on-call", now, rank=Rank.BACKUP)
    put_on_call(dana, "support-on-call", now)
    put_on_call(sam, "support-on-call", now, rank=Rank.BACKUP)
    return SimpleNamespace(ivo=ivo, dana=dana, petra=petra, sam=sam)
