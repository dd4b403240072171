"""Rings start what nobody runs, and never pile up."""

from __future__ import annotations

import pytest
from django.db import transaction
from django_q.models import OrmQ, Schedule

from crisisdesk.core.engine import leases, loops, rings
from crisisdesk.core.models import Lease
from tests.core.engine.clocks import Clocks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_loops", {})
    loops.register(loops.Loop("deadlines", lambda p: 0))
    loops.register(loops.Loop("sender", lambda p: 0))


def rung() -> list[str]:
    """What waits in the queue of the loops' cluster, oldest first."""
    assert set(OrmQ.objects.values_list("key", flat=True)) <= {"loops"}
    return [str(task.task["name"]) for task in OrmQ.objects.order_by("pk")]


def test_it_rings_for_every_loop_that_has_never_run(clocks: Clocks) -> None:
    assert rings.ring_free(clocks.now) == 2
    assert rung() == ["loop deadlines", "loop sender"]


def test_it_rings_again_only_after_two_seconds_whoever_asks(clocks: Clocks) -> None:
    rings.ring_free(clocks.now)
    clocks.pass_by(1.9)
    assert rings.ring_free(clocks.now) == 0
    clocks.pass_by(0.1)
    assert rings.ring_free(clocks.now) == 2


def test_it_leaves_alone_what_somebody_runs_or_just_gave_back(clocks: Clocks) -> None:
    assert leases.acquire("deadlines")
    sender = leases.acquire("sender")
    assert sender is not None
    sender.release()
    clocks.pass_by(0.9)
    assert rings.ring_free(clocks.now) == 0
    clocks.pass_by(0.1)
    assert rings.ring_free(clocks.now) == 1
    assert rung() == ["loop sender"]


def test_it_stops_ringing_while_a_hundred_rings_wait(clocks: Clocks) -> None:
    for _second in range(60):
        clocks.pass_by(2.0)
        rings.ring_free(clocks.now)
    assert OrmQ.objects.count() == rings.MAX_QUEUED


def test_a_hint_rings_only_for_a_loop_nobody_runs(clocks: Clocks) -> None:
    rings.wake("sender")
    assert rung() == ["loop sender"]
    assert leases.acquire("sender")
    rings.wake("sender")
    assert rung() == ["loop sender"]


def test_a_hint_goes_back_with_the_transaction_it_was_given_in(clocks: Clocks) -> None:
    with transaction.atomic():
        rings.wake("sender")
        transaction.set_rollback(True)
    assert rung() == []


def test_it_keeps_one_schedule_as_the_code_says() -> None:
    rings.ensure_schedule()
    kept = Schedule.objects.get(name=rings.SCHEDULE)
    Schedule.objects.filter(pk=kept.pk).update(args="('", func="os.abort")
    Schedule.objects.create(name=rings.SCHEDULE, func="os.abort")
    rings.ensure_schedule()
    only = Schedule.objects.get(name=rings.SCHEDULE)
    assert (only.func, only.args, only.cluster) == ("crisisdesk.core.engine.rings.ring_free_loops", None, "loops")


def test_the_schedule_alone_rings_for_all_loops(clocks: Clocks) -> None:
    assert rings.ring_free_loops() == 2
    assert Lease.objects.filter(rung_at=clocks.now).count() == 2
