"""A person sends in the moment in which the keeper would: neither waits for the other for ever, nothing is doubled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connections

from crisisdesk.core import clock, deadlines
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import DeadlineStep
from incidents.models import IncidentType, Outcome, Promise, Template, Update
from incidents.templates import approve
from tests import factories
from tests.conftest import make_person

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def db(own_copy: None) -> None:
    """Threads commit, so on a copy."""


def test_it_keeps_each_promise_once_when_both_send() -> None:
    now = clock.now()
    dana, ivo, mara = (
        Actor.person(make_person(name, group))
        for name, group in (
            ("Dana Reyes", Group.SUPPORT),
            ("Ivo Brandt", Group.OPERATIONS),
            ("Mara Lindqvist", Group.COMMUNICATIONS),
        )
    )
    approve(Template.objects.get(name="Holding message"), by=mara, now=now)
    kind = IncidentType.objects.get(name="Regional outage")
    IncidentType.objects.filter(pk=kind.pk).update(holding_allowed=True, holding_most_in_a_row=100)
    kind.refresh_from_db()
    factories.contact(factories.customer("Acme", factories.service()))
    incident = factories.incident(ivo, now, incident_type=kind)
    at = now
    factories.send(incident, "initial", dana, at)
    for _ in range(5):
        at = Promise.objects.open().get().due_at - timedelta(seconds=30)
        together = Barrier(2)
        sends = partial(factories.send, incident, "progress", dana, at)
        with ThreadPoolExecutor(2) as pool:
            results = [
                pool.submit(_alone, together, sends),
                pool.submit(_alone, together, partial(deadlines.fire_due, at)),
            ]
            for result in results:
                result.result(timeout=60)

    closed = Promise.objects.exclude(closed_at=None)
    assert Promise.objects.open().count() == 1
    assert set(closed.values_list("outcome", flat=True)) == {Outcome.KEPT}
    assert closed.count() == Update.objects.count() - 1
    assert not DeadlineStep.objects.filter(attempts__gt=1).exists()
    assert not DeadlineStep.objects.filter(state="failed").exists()


def _alone(together: Barrier, act: Callable[[], object]) -> None:
    try:
        together.wait(30)
        act()
    finally:
        connections.close_all()
