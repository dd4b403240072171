"""A send that can't leave is told to the people on call, once, by the way that still works."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crisisdesk.core import deadlines, firing
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import DeadlineStep, User
from crisisdesk.doctor import work
from customers.delivery import trouble
from customers.models import SendingTrouble
from incidents.models import Notification
from incidents.troubles import PATIENCE, tell_pass


class Held:
    """A lease that holds."""

    fence = 1

    def held(self) -> bool:
        """It does."""
        return True

    def keep(self) -> bool:
        """It does."""
        return True


def look(now: datetime) -> int:
    """One pass of the loop."""
    return tell_pass(Pass(now=now, lease=Held()))


def test_it_waits_a_moment_and_then_tells_once(ivo: User, dana: User, now: datetime) -> None:
    trouble.note("smtp mail.vendor.example", "unreachable", "The mail server refuses connections.", now=now)

    assert look(now + PATIENCE - timedelta(seconds=1)) == 0
    assert look(now + PATIENCE) == 1
    assert look(now + 2 * PATIENCE) == 0

    assert sorted(str(note.person) for note in Notification.objects.all()) == ["Dana Reyes", "Ivo Brandt"]
    note = Notification.objects.first()
    assert note is not None
    assert note.subject == "[SENDING] mail to customers is held up"
    assert "refuses connections" in note.body


def test_it_says_nothing_of_trouble_that_went_by(ivo: User, dana: User, now: datetime) -> None:
    trouble.note("smtp mail.vendor.example", "unreachable", "The mail server refuses connections.", now=now)
    trouble.close_all("smtp mail.vendor.example", now=now)

    assert look(now + PATIENCE) == 0


def test_it_tells_of_the_next_trouble_again(ivo: User, dana: User, now: datetime) -> None:
    for moment in (now, now + timedelta(hours=1)):
        trouble.note("smtp mail.vendor.example", "unreachable", "No answer.", now=moment)
        look(moment + PATIENCE)
        trouble.close_all("smtp mail.vendor.example", now=moment + PATIENCE)

    assert SendingTrouble.objects.count() == 2
    assert Notification.objects.count() == 4


def test_a_step_that_is_set_aside_is_told_once_an_hour(
    ivo: User, ada: User, dana: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(step: DeadlineStep, at: datetime) -> None:
        raise ValueError("acme@customer.example is not for everybody")

    monkeypatch.setitem(firing._handlers, "first message", lambda steps, at: broken(steps[0], at))
    for key in ("7", "8"):
        steps = [deadlines.Step("backup", now)]
        deadlines.set_deadline(kind="first message", key=key, due_at=now, steps=steps, now=now)
    for minute in range(deadlines.MAX_ATTEMPTS):
        assert Notification.objects.count() == 0
        deadlines.fire_due(now + timedelta(minutes=minute))

    assert set(DeadlineStep.objects.values_list("state", flat=True)) == {"failed"}
    assert sorted(str(note.person) for note in Notification.objects.all()) == ["Ada Novak", "Ivo Brandt"]
    note = Notification.objects.earliest("pk")
    assert "“first message” (7) failed 5 times (ValueError)" in note.body
    assert "acme@" not in note.body
    assert "2 step(s) of “first message”" in " ".join(
        finding.text for finding in work.examine(now + timedelta(hours=1))
    )
