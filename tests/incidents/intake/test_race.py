"""Two web processes take the same alerts at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connections

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import Deadline
from crisisdesk.core.refusals import Refusal
from incidents.alerts import Received, Signal, receive
from incidents.intake.sources import create_source
from incidents.models import Alert, AlertSource, Notification, TimelineEntry
from incidents.oncall.paging import acknowledge
from tests.conftest import make_person

pytestmark = pytest.mark.usefixtures("db")
THREADS = 6
T = TypeVar("T")


@pytest.fixture
def db(own_copy: None) -> None:
    """These tests commit."""


def signals(now: datetime, names: list[str]) -> list[Signal]:
    return [Signal(name, True, f"{name} is down", "", {}, {}, "", now) for name in names]


def test_it_folds_what_several_processes_take_at_once(now: datetime) -> None:
    source = prepared(now)
    names = [f"service-{number}" for number in range(8)]
    start = Barrier(THREADS)

    def take(turn: int) -> Received:
        start.wait(timeout=30)
        # Each in another order: two that lock rows in their own order would block each other.
        mine = names[turn:] + names[:turn]
        return receive(source, signals(now, mine), now=now)

    answers = together(take)
    assert sum(len(answer.new) for answer in answers) == len(names)
    assert sum(answer.repeated for answer in answers) == len(names) * (THREADS - 1)
    assert list(Alert.objects.values_list("times_seen", flat=True)) == [THREADS] * len(names)
    assert Notification.objects.count() == 1, "one page for one person"
    assert Deadline.objects.filter(kind="acknowledge", closed_at=None).count() == 1


def test_it_lets_one_of_several_people_be_the_first(now: datetime) -> None:
    source = prepared(now)
    (alert,) = receive(source, signals(now, ["Payments API"]), now=now).new
    people = [Actor.person(make_person(f"Person{number} Test", Group.OPERATIONS)) for number in range(THREADS)]
    start = Barrier(THREADS)

    def answer(turn: int) -> str:
        start.wait(timeout=30)
        try:
            return acknowledge(alert, by=people[turn], now=now).acknowledged_by_name
        except Refusal as refusal:
            return str(refusal)

    answers = together(answer)
    alert.refresh_from_db()
    first = alert.acknowledged_by_name
    assert answers.count(first) == 1
    assert all(f"was acknowledged by {first}" in text for text in answers if text != first)
    assert TimelineEntry.objects.filter(kind="decision").count() == 1


def test_it_never_loses_an_alert_that_comes_while_the_page_is_answered(now: datetime) -> None:
    source = prepared(now)
    (alert,) = receive(source, signals(now, ["Payments API"]), now=now).new
    person = Actor.person(make_person("Petra Weiss", Group.OPERATIONS))
    start = Barrier(THREADS)

    def act(turn: int) -> None:
        start.wait(timeout=30)
        if turn == 0:
            acknowledge(alert, by=person, now=now)
        else:
            receive(source, signals(now, [f"service-{turn}"]), now=now)

    together(act)
    assert Alert.objects.unacknowledged().count() == THREADS - 1
    assert Deadline.objects.filter(kind="acknowledge", closed_at=None).exists(), "somebody will be woken for them"


def together(work: Callable[[int], T]) -> list[T]:
    """Run it in threads, each with a connection of its own that is closed afterwards."""

    def run(turn: int) -> T:
        try:
            return work(turn)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def prepared(now: datetime) -> AlertSource:
    """A source, and one person in all the groups that are paged."""
    make_person("Ivo Brandt", Group.OPERATIONS)
    return create_source("Production Alertmanager", by=Actor.job("command line"), now=now)[0]
