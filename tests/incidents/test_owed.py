"""The first message is owed at once: Support is told, and what is late climbs until it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.changes import reopen
from incidents.greenlight import give_green_light
from incidents.models import Incident, Notification
from tests import factories


@pytest.fixture
def incident(by_ivo: Actor, dana: User, now: datetime, settings: Settings) -> Incident:
    """An incident that Acme's contact should hear of within five minutes."""
    settings.FIRST_MESSAGE_SECONDS = 300
    settings.VACANT_ROLE_SECONDS = 86_400
    factories.contact(factories.customer("Acme", factories.service()))
    return factories.incident(by_ivo, now)


def subjects() -> list[str]:
    """What people were told, oldest first, without the reference."""
    return [note.subject.partition(" ")[0] for note in Notification.objects.order_by("id")]


def test_it_climbs_when_nobody_writes(incident: Incident, now: datetime) -> None:
    assert subjects() == ["[WRITE]"]

    deadlines.fire_due(now + timedelta(seconds=299))
    assert subjects() == ["[WRITE]"]

    deadlines.fire_due(now + timedelta(seconds=300))
    assert "[ESCALATION]" in subjects()
    note = Notification.objects.filter(purpose="escalation").first()
    assert note is not None
    assert "not been written to for 5 min" in note.subject


def test_it_is_said_again_with_growing_pauses_until_somebody_writes(
    incident: Incident, by_dana: Actor, now: datetime
) -> None:
    times = []
    for minute in range(0, 300, 5):
        before = Notification.objects.filter(key__startswith="owed:").count()
        deadlines.fire_due(now + timedelta(minutes=minute))
        if Notification.objects.filter(key__startswith="owed:").count() > before:
            times.append(minute)
    assert times == [5, 10, 20, 40, 80, 140, 200, 260]

    factories.send(incident, "initial", by_dana, now + timedelta(minutes=301), minutes=60)
    told = Notification.objects.filter(key__startswith="owed:").count()
    deadlines.fire_due(now + timedelta(minutes=380))
    assert Notification.objects.filter(key__startswith="owed:").count() == told


def test_it_says_nothing_once_the_first_message_is_sent(incident: Incident, by_dana: Actor, now: datetime) -> None:
    factories.send(incident, "initial", by_dana, now + timedelta(minutes=1), minutes=60)

    deadlines.fire_due(now + timedelta(minutes=11))

    assert subjects() == ["[WRITE]"]


def test_it_calls_support_for_the_final_message_and_for_a_relapse(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    factories.send(incident, "initial", by_dana, now)
    give_green_light(incident, note="The standby took over.", by=by_ivo, now=now)
    assert "has its green light: send the final message" in Notification.objects.order_by("-id")[0].subject
    factories.send(incident, "final", by_dana, now + timedelta(minutes=1))

    reopen(incident, reason="It failed again.", by=by_ivo, now=now + timedelta(minutes=9))
    assert "reopened: tell customers that it is back" in Notification.objects.order_by("-id")[0].subject
    deadlines.fire_due(now + timedelta(minutes=14))

    assert subjects()[-1] == "[ESCALATION]"
