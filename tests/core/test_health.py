"""What `/healthz` answers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from crisisdesk.core import clock, views
from crisisdesk.core.engine import heartbeats, loops
from crisisdesk.core.models import Lease

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_loop(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(loops, "_loops", {})
    monkeypatch.setattr(clock, "now", lambda: now)
    loops.register(loops.Loop("sender", lambda p: 0))


def ask() -> tuple[int, dict[str, Any]]:
    """Status and body."""
    response = views.healthz(RequestFactory().get("/healthz"))
    assert "no-store" in response["Cache-Control"]
    return response.status_code, json.loads(response.content)


def beat(now: datetime, seconds_ago: float, **more: Any) -> None:
    """The sender's last beat."""
    at = now - timedelta(seconds=seconds_ago)
    Lease.objects.create(name="sender", **{"beat_at": at, "passed_at": at, **more})


def test_it_is_well_while_every_loop_has_run_lately(now: datetime) -> None:
    beat(now, 9)
    assert ask() == (200, {"ok": True, "database": True, "loops": {"sender": "running"}, "reasons": []})


def test_it_says_which_loop_is_late_and_what_to_start(now: datetime) -> None:
    beat(now, 12)
    status, body = ask()
    assert status == 503
    assert body["loops"] == {"sender": "late"}
    assert body["reasons"] == [
        "The loop “sender” has not run for 12 s.",
        "No supervisor is at work. Start it with: manage.py run",
    ]


def test_it_does_not_ask_for_a_supervisor_that_is_at_work(now: datetime) -> None:
    heartbeats.record([heartbeats.Beat("supervisor here", "supervisor")], now)
    Lease.objects.create(name="sender")
    assert ask()[1]["reasons"] == ["The loop “sender” has never run."]


def test_it_tells_of_a_loop_that_beats_and_gets_nothing_done(now: datetime) -> None:
    beat(now, 1, passed_at=now - timedelta(seconds=30), failures=7, fault="KeyError at delivery/claim.py:4 in claim")
    status, body = ask()
    assert status == 503
    assert (
        body["reasons"][0] == "The loop “sender” has failed 7 times in a row: KeyError at delivery/claim.py:4 in claim."
    )


def test_it_forgives_a_fault_between_good_passes(now: datetime) -> None:
    beat(now, 1, passed_at=now - timedelta(seconds=2), failures=1, fault="KeyError")
    assert ask()[0] == 200


def test_it_says_that_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> datetime:
        raise OperationalError("connection refused")

    monkeypatch.setattr(clock, "now", away)
    status, body = ask()
    assert (status, body["reasons"]) == (503, ["The database does not answer."])


def test_the_web_alone_lives_without_asking_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    response = views.livez(RequestFactory().get("/livez"))
    assert response.status_code == 200
