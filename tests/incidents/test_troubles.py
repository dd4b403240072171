"""A send that can't leave is told to the people on call, once, by the way that still works."""

from __future__ import annotations

from datetime import datetime, timedelta

from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import User
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
