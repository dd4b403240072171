"""A run of a loop: passes under a lease, whatever they raise, until the time is up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django_q.models import OrmQ

from crisisdesk.core.engine import leases, lifeline, loops, runner
from crisisdesk.core.models import Lease
from tests.core.engine.clocks import Clocks

pytestmark = pytest.mark.django_db

RUN_SECONDS = 10.0


@pytest.fixture(autouse=True)
def _time(clocks: Clocks, monkeypatch: pytest.MonkeyPatch, settings: pytest.FixtureRequest) -> None:
    """Waiting turns the clocks; the test's own connection is left open."""

    def wait(seconds: float = 0.0) -> bool:
        clocks.pass_by(seconds + 0.01)
        return False

    monkeypatch.setattr(lifeline, "ended", wait)
    monkeypatch.setattr(runner, "close_old_connections", lambda: None)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    monkeypatch.setattr(connections, "all", lambda **_: [])
    settings.CRISISDESK_LOOP_SECONDS = RUN_SECONDS  # type: ignore[attr-defined]


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Callable[..., loops.Loop]:
    """Register a loop for one test."""
    monkeypatch.setattr(loops, "_loops", {})

    def register(
        run_pass: Callable[[loops.Pass], int], idle_seconds: float = 0.25, rest_seconds: float = 0.0
    ) -> loops.Loop:
        made = loops.Loop("sender", run_pass, idle_seconds, rest_seconds=rest_seconds)
        loops.register(made)
        return made

    return register


def test_it_makes_several_passes_a_second_and_hands_over_when_its_time_is_up(
    loop: Callable[..., loops.Loop], clocks: Clocks
) -> None:
    passes: list[loops.Pass] = []

    def look(p: loops.Pass) -> int:
        passes.append(p)
        return 0

    loop(look)
    assert runner.run_loop("sender") == "handed over"
    assert RUN_SECONDS * 2 < len(passes) < RUN_SECONDS * 5
    row = Lease.objects.get(name="sender")
    assert row.free_for(clocks.now) is not None
    assert row.passed_at is not None
    assert [task.key for task in OrmQ.objects.all()] == ["loops"]


def test_it_looks_again_at_once_when_there_was_work(loop: Callable[..., loops.Loop]) -> None:
    passes: list[loops.Pass] = []

    def work(p: loops.Pass) -> int:
        passes.append(p)
        return 1

    loop(work)
    runner.run_loop("sender")
    assert len(passes) > RUN_SECONDS * 50


def test_it_rests_after_work_where_rows_trickle_in(loop: Callable[..., loops.Loop]) -> None:
    passes: list[loops.Pass] = []

    def work(p: loops.Pass) -> int:
        passes.append(p)
        return 1

    loop(work, idle_seconds=5.0, rest_seconds=0.25)
    runner.run_loop("sender")
    assert RUN_SECONDS * 2 < len(passes) < RUN_SECONDS * 5


def test_it_gives_each_pass_the_time_of_the_database_and_the_fence(
    loop: Callable[..., loops.Loop], clocks: Clocks
) -> None:
    seen = []

    def look(p: loops.Pass) -> int:
        seen.append((p.now == clocks.now, p.lease.held(), p.lease.fence))
        return 0

    loop(look)
    runner.run_loop("sender")
    runner.run_loop("sender")
    assert {(now_is_right, held) for now_is_right, held, _ in seen} == {(True, True)}
    assert {fence for _, _, fence in seen} == {1, 2}


def test_it_goes_on_after_a_pass_that_raises_and_writes_no_personal_data(
    loop: Callable[..., loops.Loop], caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    def fail(p: loops.Pass) -> int:
        calls.append(p)
        raise ValueError("mallory@acme.example")

    loop(fail)
    with caplog.at_level(logging.INFO):
        assert runner.run_loop("sender") == "handed over"
    assert 3 < len(calls) < 10, "it waits longer after each fault"
    assert "ValueError at engine/test_runner.py" in caplog.text
    assert "mallory" not in caplog.text
    assert Lease.objects.get().failures > 3


def test_it_waits_for_a_database_that_goes_away(loop: Callable[..., loops.Loop]) -> None:
    calls = []

    def away_at_first(p: loops.Pass) -> int:
        calls.append(p)
        if len(calls) < 5:
            raise OperationalError("server closed the connection")
        return 0

    loop(away_at_first)
    assert runner.run_loop("sender") == "handed over"
    assert len(calls) > 10
    assert Lease.objects.get().failures == 0


def test_it_makes_no_pass_when_another_process_runs_the_loop(loop: Callable[..., loops.Loop]) -> None:
    loop(lambda p: pytest.fail("made a pass without the lease"))
    assert leases.acquire("sender")
    assert runner.run_loop("sender") == "held by another"
    assert not OrmQ.objects.exists()


def test_it_ends_when_a_pass_lasted_so_long_that_another_took_over(
    loop: Callable[..., loops.Loop], clocks: Clocks
) -> None:
    calls = []

    def slow(p: loops.Pass) -> int:
        calls.append(p)
        clocks.pass_by(leases.LEASE_SECONDS + 1)
        assert not p.lease.held()
        assert leases.acquire("sender")
        return 1

    loop(slow)
    assert runner.run_loop("sender") == "lost"
    assert len(calls) == 1
    assert Lease.objects.get().free_for(clocks.now) is None, "the successor's lease stays"
    assert not OrmQ.objects.exists()


def test_it_keeps_the_lease_through_a_long_pass_that_renews_it(loop: Callable[..., loops.Loop], clocks: Clocks) -> None:
    def slow(p: loops.Pass) -> int:
        for _mail in range(8):
            clocks.pass_by(1.0)
            assert p.lease.keep()
        return 1

    loop(slow)
    assert runner.run_loop("sender") == "handed over"


def test_it_gives_the_lease_back_when_it_is_cut_off(loop: Callable[..., loops.Loop], clocks: Clocks) -> None:
    def cut_off(p: loops.Pass) -> int:
        raise SystemExit

    loop(cut_off)
    with pytest.raises(SystemExit):
        runner.run_loop("sender")
    assert Lease.objects.get().free_for(clocks.now) is not None
    assert not OrmQ.objects.exists(), "the supervisor rings, after a pause"


def test_it_drops_a_ring_for_a_loop_this_version_does_not_know(loop: Callable[..., loops.Loop]) -> None:
    assert runner.run_loop("of tomorrow") == "unknown"


def test_it_passes_a_ring_on_to_a_newer_version_that_has_rung_just_now(clocks: Clocks) -> None:
    lease = Lease.objects.create(name="of tomorrow", rung_at=clocks.now - timedelta(seconds=2))
    assert runner.run_loop("of tomorrow") == "passed on"
    assert OrmQ.objects.count() == 1

    lease.expires_at = clocks.now + timedelta(seconds=3)
    lease.save()
    assert runner.run_loop("of tomorrow") == "unknown", "somebody runs it"

    lease.expires_at, lease.rung_at = clocks.now, clocks.now - timedelta(seconds=4)
    lease.save()
    assert runner.run_loop("of tomorrow") == "unknown", "nobody rings for it any more"
    assert OrmQ.objects.count() == 1


def test_it_refuses_two_loops_of_one_name(loop: Callable[..., loops.Loop]) -> None:
    known = loop(lambda p: 0)
    loops.register(known)
    with pytest.raises(ValueError, match="Two loops are called “sender”"):
        loop(lambda p: 1)
