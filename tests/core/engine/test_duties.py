"""What each machine does for itself, whoever holds the leases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from crisisdesk.core.engine import duties
from tests.core.engine.clocks import Clocks

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "_duties", {})


def test_a_duty_that_fails_stops_no_other_and_all_have_their_pause(
    clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[datetime] = []

    def fail(_: datetime) -> None:
        raise ValueError("poison")

    duties.register(duties.Duty("first", fail))
    duties.register(duties.Duty("second", done.append))
    rounds = duties.Rounds()
    rounds.make(NOON)
    rounds.make(NOON)
    assert done == [NOON]
    assert "The duty “first” failed: ValueError" in caplog.text
    assert "poison" not in caplog.text
    clocks.pass_by(duties.EVERY_SECONDS)
    rounds.make(NOON)
    assert len(done) == 2


def test_a_database_that_is_away_is_the_supervisors_matter() -> None:
    def away(_: datetime) -> None:
        raise OperationalError

    duties.register(duties.Duty("first", away))
    with pytest.raises(OperationalError):
        duties.Rounds().make(NOON)


def test_two_duties_never_share_a_name() -> None:
    duties.register(duties.Duty("first", print))
    with pytest.raises(ValueError, match="give one of them another name"):
        duties.register(duties.Duty("first", repr))
