"""Who may run a loop: one at a time, for five seconds at a time, with a number that only grows."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from crisisdesk.core.engine import leases, lifeline
from crisisdesk.core.models import Lease
from tests.core.engine.clocks import Clocks

pytestmark = pytest.mark.django_db


def take(name: str = "sender") -> leases.HeldLease:
    lease = leases.acquire(name)
    assert lease is not None
    return lease


def test_it_gives_a_free_lease_to_the_first_who_asks_and_refuses_the_second(clocks: Clocks) -> None:
    first = take()
    assert first.held()
    assert leases.acquire("sender") is None
    assert leases.acquire("deadlines") is not None


def test_it_counts_a_greater_fence_for_every_holder(clocks: Clocks) -> None:
    first = take()
    first.release()
    second = take()
    clocks.pass_by(leases.LEASE_SECONDS)
    third = take()
    assert first.fence < second.fence < third.fence


def test_it_can_be_taken_when_it_has_expired_and_not_a_moment_before(clocks: Clocks) -> None:
    take()
    clocks.pass_by(leases.LEASE_SECONDS - 0.001)
    assert leases.acquire("sender") is None
    clocks.pass_by(0.001)
    assert leases.acquire("sender") is not None


def test_its_holder_stops_before_anybody_else_can_begin(clocks: Clocks) -> None:
    lease = take()
    clocks.pass_by(leases.LEASE_SECONDS - leases.MARGIN_SECONDS)
    assert not lease.held()
    assert leases.acquire("sender") is None


def test_its_holder_trusts_the_monotonic_clock_when_the_wall_clock_is_turned_back(clocks: Clocks) -> None:
    lease = take()
    clocks.now -= timedelta(hours=1)
    clocks.monotonic += leases.LEASE_SECONDS
    assert not lease.held()


def test_it_is_kept_as_long_as_its_holder_renews_it(clocks: Clocks) -> None:
    lease = take()
    for _second in range(20):
        clocks.pass_by(1.0)
        assert lease.keep()
    assert leases.acquire("sender") is None


def test_it_is_written_once_a_second_however_often_it_is_kept(
    clocks: Clocks, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    lease = take()
    with django_assert_num_queries(0):  # type: ignore[operator]
        clocks.pass_by(0.9)
        lease.keep()
    with django_assert_num_queries(1):  # type: ignore[operator]
        clocks.pass_by(0.1)
        lease.keep()
        lease.keep()


def test_a_holder_who_slept_too_long_notices_that_another_has_it(clocks: Clocks) -> None:
    sleeper = take()
    clocks.pass_by(leases.LEASE_SECONDS + 1)
    successor = take()
    assert not sleeper.keep()
    assert sleeper.lost
    assert not sleeper.release()
    assert successor.keep()


def test_a_holder_who_was_late_goes_on_when_nobody_took_it(clocks: Clocks) -> None:
    lease = take()
    clocks.pass_by(leases.LEASE_SECONDS + 1)
    assert not lease.held()
    assert lease.keep()


def test_a_released_lease_is_free_at_once(clocks: Clocks) -> None:
    lease = take()
    assert lease.release()
    assert not lease.held()
    assert Lease.objects.get(name="sender").free_for(clocks.now) == timedelta(0)
    assert leases.acquire("sender") is not None


def test_it_tells_how_long_nobody_has_held_it(clocks: Clocks) -> None:
    leases.ensure_rows(["sender"])
    assert Lease.objects.get().free_for(clocks.now) == timedelta.max
    take()
    assert Lease.objects.get().free_for(clocks.now) is None
    clocks.pass_by(leases.LEASE_SECONDS + 3)
    assert Lease.objects.get().free_for(clocks.now) == timedelta(seconds=3)


def test_it_frees_the_leases_of_dead_processes_of_our_cluster_and_of_no_other(
    clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    for name, cluster, pid in [("a", "ours", gone.pid), ("b", "theirs", gone.pid), ("c", "ours", None)]:
        monkeypatch.setattr(lifeline, "cluster_id", lambda cluster=cluster: cluster)
        take(name)
        if pid:
            Lease.objects.filter(name=name).update(pid=pid)
    assert leases.free_those_of_the_dead({"ours"}) == 1
    free = {lease.name for lease in Lease.objects.all() if lease.free_for(clocks.now) is not None}
    assert free == {"a"}


def test_it_remembers_faults_by_their_place_and_never_their_words(clocks: Clocks) -> None:
    lease = take()
    try:
        raise ValueError("mallory@acme.example")
    except ValueError as error:
        lease.note_fault(error)
        lease.note_fault(error)
    clocks.pass_by(1.0)
    lease.keep()
    row = Lease.objects.get()
    assert row.failures == 2
    assert row.fault.startswith("ValueError at engine/test_leases.py:")
    assert "mallory" not in row.fault
    lease.note_good_pass()
    clocks.pass_by(1.0)
    lease.keep()
    row = Lease.objects.get()
    assert (row.failures, row.fault, row.passed_at) == (0, "", clocks.now)
