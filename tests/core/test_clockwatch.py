"""The database's clock jumps: it is noticed at the next look, what is due is held, people are told, and it goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core import clock, clockwatch, deadlines, firing, health, tasks
from crisisdesk.core.actors import Actor
from crisisdesk.core.deadlines import Step
from crisisdesk.core.engine import loops
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import AuditEntry, ClockAnchor, ClockHold, DeadlineStep, Lease, User
from crisisdesk.core.refusals import NotAllowed, WrongState
from incidents import troubles
from incidents.models import Notification

pytestmark = pytest.mark.django_db
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


class Clocks:
    """The database's clock and the machine's ticks; both go together unless one is turned alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        self.now, self.ticks, self.boot = now, 1000.0, "here since noon"
        monkeypatch.setattr(clock, "now", lambda: self.now)
        monkeypatch.setattr(clockwatch, "ticks", lambda: self.ticks)
        monkeypatch.setattr(clockwatch, "boot", lambda: self.boot)

    def pass_by(self, seconds: float) -> bool:
        """Time passes, and the loop looks; whether it may act."""
        self.now += seconds * SECOND
        self.ticks += seconds
        return clockwatch.may_act(self.now)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Clocks:
    """A machine that has agreed with the clock for a minute."""
    made = Clocks(monkeypatch, now)
    assert all(made.pass_by(1) for _ in range(60))
    return made


class Hold:
    """A lease that is held."""

    fence = 1

    def held(self) -> bool:
        return True

    keep = held


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY, 11 * SECOND])
def test_it_notices_a_jump_at_the_next_look_and_when_it_is_over(clocks: Clocks, jump: timedelta) -> None:
    clocks.now += jump
    assert not clocks.pass_by(0.25)
    assert not clocks.pass_by(600)
    (hold,) = ClockHold.objects.all()
    assert round(hold.jumped_seconds) == jump.total_seconds()

    clocks.now -= jump
    assert clocks.pass_by(0.25)
    hold.refresh_from_db()
    assert (hold.ended_at, hold.ended_by_name) == (clocks.now, "clock watch")
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"clock.jumped", "clock.trusted"}
    assert clocks.pass_by(1)


@pytest.mark.parametrize("seconds", [0, 0.9, -0.9, 9])
def test_it_takes_small_corrections_as_they_come(clocks: Clocks, seconds: float) -> None:
    for _ in range(5):
        clocks.now += seconds * SECOND
        assert clocks.pass_by(6)


def test_it_follows_a_clock_that_drifts(clocks: Clocks) -> None:
    for _ in range(100):
        clocks.now += 0.5 * SECOND
        assert clocks.pass_by(60)


def test_a_laptop_that_slept_did_not_jump(clocks: Clocks) -> None:
    # The ticks count its sleep, and nobody looked meanwhile.
    assert clocks.pass_by(8 * 3600)


def test_the_ticks_count_sleep_where_the_system_does() -> None:
    assert clockwatch.ticks() <= clockwatch.ticks()
    assert clockwatch.boot() == clockwatch.boot()


def test_it_fires_nothing_early_twice_or_never(clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    fired: list[str] = []
    monkeypatch.setattr(firing, "_handlers", dict(firing._handlers))
    deadlines.register("tea", lambda step, _now: fired.append(step.name))
    soon = clocks.now + 600 * SECOND
    deadlines.set_deadline(kind="tea", key="1", due_at=soon, steps=[Step("pour", soon)], now=clocks.now)

    clocks.now += HOUR
    assert tasks.fire_deadlines(Pass(clocks.now, Hold())) == 0
    clocks.now -= 2 * HOUR
    assert tasks.fire_deadlines(Pass(clocks.now, Hold())) == 0
    clocks.now += HOUR
    assert tasks.fire_deadlines(Pass(clocks.now, Hold())) == 0
    assert fired == []

    clocks.pass_by(601)
    assert tasks.fire_deadlines(Pass(clocks.now, Hold())) == 1
    assert tasks.fire_deadlines(Pass(clocks.now, Hold())) == 0
    assert fired == ["pour"]
    assert DeadlineStep.objects.get().done_at == clocks.now


def test_another_machine_respects_the_hold_and_a_restart_does_not_end_it(clocks: Clocks) -> None:
    clocks.now += HOUR
    clocks.pass_by(0.25)

    clocks.boot, clocks.ticks = "another machine", 5.0
    assert not clocks.pass_by(1)
    assert ClockHold.objects.count() == 1


def test_a_machine_that_starts_before_it_stopped_is_wrong(clocks: Clocks) -> None:
    clocks.boot, clocks.ticks = "here since later", 1.0
    clocks.now -= DAY

    assert not clocks.pass_by(1)
    assert ClockHold.objects.get().jumped_seconds < -80_000
    clocks.now += DAY
    assert clocks.pass_by(1)


def test_a_machine_that_started_too_early_goes_on_once_its_clock_is_set_right(clocks: Clocks) -> None:
    stopped = clocks.now
    clocks.boot, clocks.ticks, clocks.now = "here since later", 1.0, stopped - HOUR
    assert not clocks.pass_by(1)
    assert not clocks.pass_by(60), "still an hour behind"
    clocks.now = stopped + timedelta(minutes=4)
    assert clocks.pass_by(1), "it was off for some minutes, which nobody counted"
    assert ClockHold.objects.get().ended_by_name == "clock watch"
    assert clocks.pass_by(60)
    clocks.now += HOUR
    assert not clocks.pass_by(1), "it has bearings of its own again"


def test_an_administrator_s_word_ends_it(clocks: Clocks, by_ada: Actor, by_ivo: Actor) -> None:
    clocks.now += DAY
    clocks.pass_by(0.25)
    hold = ClockHold.objects.get()

    with pytest.raises(NotAllowed):
        clockwatch.trust(hold, by=by_ivo, now=clocks.now)
    clockwatch.trust(hold, by=by_ada, now=clocks.now)

    assert clocks.pass_by(1)
    assert ClockHold.objects.get().ended_by_name == "Ada Novak"
    assert ClockAnchor.objects.count() == 1
    with pytest.raises(WrongState):
        clockwatch.trust(hold, by=by_ada, now=clocks.now)


def test_everybody_is_told(clocks: Clocks, monkeypatch: pytest.MonkeyPatch, ada: User, ivo: User) -> None:
    monkeypatch.setattr(loops, "_loops", {})
    loops.register(loops.Loop("deadlines", tasks.fire_deadlines))
    clocks.now += HOUR
    clocks.pass_by(0.25)
    Lease.objects.create(name="deadlines", beat_at=clocks.now, passed_at=clocks.now)

    (reason,) = health.check().reasons
    assert "jumped forward by 1:00:00" in reason
    for _ in range(2):
        troubles.tell_pass(Pass(clocks.now, Hold()))
    assert {note.person for note in Notification.objects.all()} == {ada, ivo}
    assert Notification.objects.count() == 2


def test_the_page_has_the_button_for_administrators(
    clocks: Clocks, ada: User, ivo: User, signed_in: Callable[[User], Client]
) -> None:
    clocks.now += HOUR
    clocks.pass_by(0.25)
    hold = ClockHold.objects.get()
    page, button = f"/admin/core/clockhold/{hold.pk}/change/", f"/admin/core/clockhold/{hold.pk}/trust/"

    assert "This is the right time" in signed_in(ada).get(page).content.decode()
    assert "This is the right time" not in signed_in(ivo).get(page).content.decode()
    assert signed_in(ada).get(button).status_code == 405
    signed_in(ivo).post(button)
    assert ClockHold.objects.get().ended_at is None
    assert "trusted again" in signed_in(ada).post(button, follow=True).content.decode()
    assert ClockHold.objects.get().ended_at == clocks.now
    assert "This is the right time" not in signed_in(ada).get(page).content.decode()
