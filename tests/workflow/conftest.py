"""Builds the small vendor."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from customers.delivery import send
from tests.mail_servers import ScriptedServer
from tests.workflow.world import DRILL_ADDRESS, World


@pytest.fixture
def make_world(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_dana: Actor,
    by_ivo: Actor,
    by_mara: Actor,
    by_mira: Actor,
    cleo: object,
) -> Iterator[Callable[[], World]]:
    """Builds a fresh world for each example; its clock is everybody's."""
    settings.LINK_KEYS = ["k" * 40]
    settings.BASE_URL = "https://desk.example"
    settings.MAIL_DOMAIN = "status.example.com"
    settings.MAIL_FROM = "Example Support <support@status.example.com>"
    settings.DRILL_ADDRESS = DRILL_ADDRESS
    began = clock.now().replace(microsecond=0)
    cast = {"dana": by_dana, "ivo": by_ivo, "mara": by_mara, "mira": by_mira, "cleo": Actor.person(cleo)}  # type: ignore[arg-type]
    journals = tmp_path / "journal"
    worlds: list[World] = []
    monkeypatch.setattr(clock, "now", lambda: worlds[-1].now if worlds else began)

    with ScriptedServer() as server:
        settings.CUSTOMER_MAIL_URL = settings.STAFF_MAIL_URL = f"{server.url}?connections=4"

        def make() -> World:
            shutil.rmtree(journals, ignore_errors=True)
            settings.JOURNAL_DIR = journals
            worlds.append(World(cast, server, journals, began))
            return worlds[-1]

        yield make
        send.end_run()
