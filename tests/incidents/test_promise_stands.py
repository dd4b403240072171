"""A promise is only ever moved by a message to customers; the database refuses every other way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from crisisdesk.core.actors import Actor
from incidents.changes import allow_long_path, set_severity
from incidents.models import Incident, Outcome, Promise
from tests import factories


@pytest.fixture
def incident(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """An incident with an update promised in 30 minutes."""
    factories.contact(factories.customer("Acme", factories.service()))
    incident = factories.incident(by_ivo, now)
    factories.send(incident, "initial", by_dana, now, minutes=30)
    return incident


@pytest.mark.parametrize("field", ["due_at", "made_at"])
def test_it_refuses_another_time(incident: Incident, now: datetime, field: str) -> None:
    promise = Promise.objects.get()
    before = getattr(promise, field)

    with pytest.raises(DatabaseError, match="never moved"), transaction.atomic():
        Promise.objects.update(**{field: now + timedelta(hours=2)})
    setattr(promise, field, now + timedelta(hours=2))
    with pytest.raises(DatabaseError, match="never moved"), transaction.atomic():
        promise.save()

    assert getattr(Promise.objects.get(), field) == before


def test_it_refuses_another_message_as_its_maker(incident: Incident, by_dana: Actor, now: datetime) -> None:
    first = Promise.objects.get()
    correction = factories.send(incident, "correction", by_dana, now, minutes=None)

    with pytest.raises(DatabaseError, match="never moved"), transaction.atomic():
        Promise.objects.filter(pk=first.pk).update(made_by=correction)


def test_it_is_postponed_by_a_message_that_says_so(incident: Incident, by_dana: Actor, now: datetime) -> None:
    later = now + timedelta(minutes=25)

    factories.send(incident, "progress", by_dana, later, minutes=60)

    kept, following = Promise.objects.order_by("id")
    assert (kept.outcome, kept.due_at) == (Outcome.KEPT, now + timedelta(minutes=30))
    assert following.due_at == later + timedelta(minutes=60)


def test_it_stands_through_severity_and_long_path(incident: Incident, by_ivo: Actor, now: datetime) -> None:
    set_severity(incident, "SEV4", reason="smaller than thought", by=by_ivo, now=now)
    allow_long_path(incident, "the restore takes six hours", by=by_ivo, now=now)

    assert Promise.objects.get().due_at == now + timedelta(minutes=30)


def test_it_lets_the_outcome_be_written(incident: Incident, now: datetime) -> None:
    Promise.objects.update(outcome=Outcome.MISSED, missed_at=now)

    assert Promise.objects.get().outcome == Outcome.MISSED
