"""Signs of life of supervisors and clusters."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crisisdesk.core.engine.heartbeats import Beat, forget, forget_old, record
from crisisdesk.core.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_it_keeps_one_row_for_each_that_beats(now: datetime) -> None:
    record([Beat("a", "supervisor", {"starts": 1}), Beat("b", "cluster")], now)
    later = now + timedelta(seconds=1)
    record([Beat("a", "supervisor", {"starts": 2})], later)
    assert set(Heartbeat.objects.values_list("name", "beat_at")) == {("a", later), ("b", now)}
    assert Heartbeat.objects.get(name="a").detail == {"starts": 2}


def test_it_forgets_who_took_leave_and_who_was_silent_for_a_day(now: datetime) -> None:
    record([Beat("a", "supervisor"), Beat("b", "cluster")], now - timedelta(days=1, seconds=1))
    record([Beat("c", "supervisor"), Beat("d", "supervisor")], now)
    forget(["c"])
    forget_old(now)
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["d"]
