"""A promise is kept or missed, once, and the right people hear of it before and after."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group as AuthGroup

from crisisdesk.core import deadlines
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, DeadlineStep, User
from incidents.greenlight import give_green_light
from incidents.models import Incident, IncidentRole, Notification, Outcome, PolicyStep, Promise, Rank, Shift
from tests import factories

SECOND = timedelta(seconds=1)


@pytest.fixture
def incident(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """An incident of which one contact was told, with the next update promised in 30 minutes."""
    factories.contact(factories.customer("Acme", factories.service()))
    incident = factories.incident(by_ivo, now)
    factories.send(incident, "initial", by_dana, now, minutes=30)
    return incident


@pytest.fixture
def backup(now: datetime) -> User:
    """Bea, backup liaison on call all day."""
    bea = User.objects.create_user("bea", "bea@vendor.example", first_name="Bea", last_name="Ruiz", is_staff=True)
    bea.groups.set(AuthGroup.objects.filter(name=Group.SUPPORT))
    liaison = IncidentRole.objects.get(slug="liaison")
    day = timedelta(hours=12)
    Shift.objects.create(role=liaison, person=bea, rank=Rank.BACKUP, starts_at=now - day, ends_at=now + day)
    return bea


def told(purpose: str) -> list[str]:
    """First names of whom a promise's notifications of a purpose went to, sorted."""
    rows = Notification.objects.filter(purpose=purpose, promise__isnull=False).values_list(
        "person__first_name", flat=True
    )
    return sorted(rows)


def due(incident: Incident) -> datetime:
    """When the open promise is due."""
    return Promise.objects.open().get(incident=incident).due_at


def test_it_reminds_the_liaison_once_when_the_promise_is_near(incident: Incident) -> None:
    moment = due(incident) - timedelta(minutes=10)
    deadlines.fire_due(moment - SECOND)
    assert told("reminder") == []

    for _ in range(3):
        deadlines.fire_due(moment)

    assert told("reminder") == ["Dana"]
    note = Notification.objects.get(purpose="reminder", promise__isnull=False)
    assert "is due in 10 min" in note.subject
    assert note.link.endswith(f"/{incident.pk}/compose/")


def test_it_tells_over_the_channels_and_with_the_words_of_the_step(incident: Incident) -> None:
    rule = PolicyStep.objects.get(action="remind")
    rule.channels, rule.words = ["voice", "sms"], "Call the shift lead if the console is away."
    rule.save()

    deadlines.fire_due(due(incident) - timedelta(minutes=10))

    note = Notification.objects.get(purpose="reminder", promise__isnull=False)
    assert note.channels == ["voice", "sms"]
    assert note.body.endswith("Call the shift lead if the console is away.")


def test_it_escalates_to_backup_and_commander_before_it_breaks(incident: Incident, backup: User) -> None:
    deadlines.fire_due(due(incident) - timedelta(minutes=5))

    assert {"Bea", "Ivo"} <= set(told("escalation"))


def test_it_keeps_a_promise_with_an_update_at_the_last_moment(incident: Incident, by_dana: Actor) -> None:
    moment = due(incident)
    deadlines.fire_due(moment)

    factories.send(incident, "progress", by_dana, moment)

    kept, following = Promise.objects.order_by("id")
    assert (kept.outcome, kept.closed_at, kept.missed_at) == (Outcome.KEPT, moment, None)
    assert following.outcome == Outcome.PENDING


def test_it_records_a_miss_once_and_tells_executives(incident: Incident, mira: User) -> None:
    moment = due(incident) + SECOND

    for _ in range(3):
        deadlines.fire_due(moment)

    promise = Promise.objects.get()
    assert (promise.outcome, promise.missed_at, promise.closed_at) == (Outcome.MISSED, moment, None)
    assert AuditEntry.objects.filter(action="promise.missed").count() == 1
    assert incident.timeline.filter(text__startswith="Promise missed").count() == 1
    assert told("miss") == ["Mira"]


def test_it_says_how_late_the_update_came(incident: Incident, by_dana: Actor) -> None:
    moment = due(incident)
    deadlines.fire_due(moment + SECOND)

    factories.send(incident, "progress", by_dana, moment + timedelta(minutes=4))

    missed = Promise.objects.order_by("id")[0]
    assert (missed.outcome, missed.late_seconds) == (Outcome.MISSED, 240)


def test_it_counts_a_late_update_as_a_miss_although_no_worker_ran(
    incident: Incident, by_dana: Actor, mira: User
) -> None:
    moment = due(incident) + timedelta(minutes=2)

    factories.send(incident, "progress", by_dana, moment)
    deadlines.fire_due(moment)

    missed = Promise.objects.order_by("id")[0]
    assert (missed.outcome, missed.late_seconds) == (Outcome.MISSED, 120)
    assert AuditEntry.objects.filter(action="promise.missed").count() == 1
    assert told("miss") == ["Mira"]


def test_it_says_nothing_once_the_update_is_sent(incident: Incident, by_dana: Actor, now: datetime) -> None:
    first_due = due(incident)
    factories.send(incident, "progress", by_dana, now + timedelta(minutes=5), minutes=60)

    deadlines.fire_due(first_due + SECOND)

    assert not Notification.objects.filter(promise__due_at=first_due).exists()
    assert Promise.objects.order_by("id")[0].outcome == Outcome.KEPT


def test_it_fires_only_the_newest_step_after_downtime_and_still_records_the_miss(
    incident: Incident, backup: User, mira: User
) -> None:
    deadlines.fire_due(due(incident) + timedelta(minutes=30))

    assert told("reminder") == told("escalation") == []
    assert told("miss") == ["Mira"]
    assert Promise.objects.get().outcome == Outcome.MISSED
    assert DeadlineStep.objects.filter(state="skipped").count() >= 2


def test_it_ends_every_promise_with_the_final_message(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    give_green_light(incident, note="fixed", by=by_ivo, now=now)
    factories.send(incident, "final", by_dana, now + timedelta(minutes=20))

    deadlines.fire_due(now + timedelta(hours=2))

    assert [promise.outcome for promise in Promise.objects.all()] == [Outcome.KEPT]
    assert not Notification.objects.exclude(promise=None).exists()


def test_it_makes_no_promise_with_a_correction(incident: Incident, by_dana: Actor, now: datetime) -> None:
    before = due(incident)

    factories.send(incident, "correction", by_dana, now + timedelta(minutes=1), minutes=None)

    assert due(incident) == before
