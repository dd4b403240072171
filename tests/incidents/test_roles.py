"""Commander, liaison and scribe: taken, handed over with a note, and a task while nobody holds them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction
from django.test import Client

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import NotAllowed, WrongState
from incidents.command import release_role, take_role
from incidents.models import Incident, Notification
from tests import factories
from tests.conftest import make_person
from tests.incidents.oncall.cast import put_on_call


@pytest.fixture
def incident(by_ivo: Actor, now: datetime) -> Incident:
    """An incident in progress without liaison and scribe."""
    return factories.incident(by_ivo, now)


def test_it_hands_a_role_over_with_a_note(incident: Incident, dana: User, by_dana: Actor, now: datetime) -> None:
    bea = make_person("Bea Ruiz", "Support")  # type: ignore[arg-type]
    take_role(incident, "liaison", dana, by=by_dana, now=now)

    after = take_role(incident, "liaison", bea, note="Acme wants a call at five.", by=by_dana, now=now)

    assert after.liaison == bea
    text = "Bea Ruiz is liaison, after Dana Reyes: Acme wants a call at five."
    assert incident.timeline.filter(text=text, actor_name="Dana Reyes").exists()
    note = Notification.objects.get(person=bea)
    assert "Acme wants a call at five." in note.body
    assert AuditEntry.objects.filter(action="incident.liaison_named").count() == 2


def test_it_tells_nobody_who_takes_a_role_themselves(
    incident: Incident, dana: User, by_dana: Actor, now: datetime
) -> None:
    take_role(incident, "scribe", dana, by=by_dana, now=now)

    assert not Notification.objects.filter(person=dana, purpose="briefing").exists()


def test_it_tells_whoever_lost_the_role_to_somebody_else(
    incident: Incident, dana: User, by_dana: Actor, now: datetime
) -> None:
    bea = make_person("Bea Ruiz", "Support")  # type: ignore[arg-type]
    take_role(incident, "liaison", dana, by=by_dana, now=now)
    take_role(incident, "liaison", bea, by=Actor.person(bea), now=now)

    note = Notification.objects.get(person=dana, purpose="briefing")
    assert note.subject == f"{incident.reference}: Bea Ruiz is the liaison now"
    assert not Notification.objects.filter(person=bea).exists()


@pytest.mark.parametrize("role", ["commander", "liaison"])
def test_it_keeps_the_duties_apart(incident: Incident, mira: User, by_mira: Actor, now: datetime, role: str) -> None:
    with pytest.raises(NotAllowed, match="This takes"):
        take_role(incident, role, mira, by=by_mira, now=now)  # type: ignore[arg-type]


def test_it_names_nobody_who_may_not_hold_it(incident: Incident, dana: User, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="Dana Reyes is not in Operations"):
        take_role(incident, "commander", dana, by=by_ivo, now=now)


@pytest.mark.parametrize("group", ["Operations", "Support", "Marketing communications"])
def test_it_lets_each_of_three_groups_keep_the_record(incident: Incident, now: datetime, group: str) -> None:
    person = make_person("Sam Ito", group)  # type: ignore[arg-type]

    assert take_role(incident, "scribe", person, by=Actor.person(person), now=now).scribe == person


def test_it_shows_a_vacant_role_as_a_task_until_it_is_taken(
    incident: Incident, dana: User, signed_in: Callable[[User], Client]
) -> None:
    browser, room = signed_in(dana), f"/admin/incidents/incident/{incident.pk}/change/"
    page = browser.get(room).content.decode()
    assert "No liaison yet" in page
    assert "No scribe yet" in page

    browser.post(f"/admin/incidents/{incident.pk}/press/liaison/")

    assert "No liaison yet" not in browser.get(room).content.decode()
    incident.refresh_from_db()
    assert incident.liaison == dana


def test_it_hands_over_in_the_room(
    incident: Incident, ivo: User, dana: User, signed_in: Callable[[User], Client]
) -> None:
    address = f"/admin/incidents/{incident.pk}/do/hand-over/"
    answer = signed_in(ivo).post(address, {"role": "scribe", "person": dana.pk, "note": "From here on."})

    assert answer.status_code == 302
    incident.refresh_from_db()
    assert incident.scribe == dana
    refused = signed_in(ivo).post(address, {"role": "liaison", "person": dana.pk, "note": ""})
    assert refused.status_code == 403


def test_it_still_refuses_to_turn_an_incident_into_a_drill(incident: Incident) -> None:
    with pytest.raises(DatabaseError, match="stays a drill"), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(is_drill=True)


def test_a_released_role_is_a_task_and_is_told_when_nobody_takes_it(
    incident: Incident, ivo: User, by_ivo: Actor, dana: User, now: datetime, settings: LazySettings
) -> None:
    settings.VACANT_ROLE_SECONDS = 600
    put_on_call(dana, "liaison", now)

    released = release_role(incident, "commander", note="I have to sleep.", by=by_ivo, now=now)

    assert released.commander is None
    text = "Ivo Brandt is commander no longer, and nobody is: I have to sleep."
    assert incident.timeline.filter(text=text).exists()
    deadlines.fire_due(now + timedelta(minutes=9))
    assert not Notification.objects.filter(key__startswith="vacant:").exists()
    deadlines.fire_due(now + timedelta(minutes=10))
    told = {(note.person, note.subject) for note in Notification.objects.filter(key__startswith="vacant:")}
    assert (ivo, f"{incident.reference} has no commander") in told
    assert (dana, f"{incident.reference} has no liaison") in told
    assert incident.timeline.filter(text="No commander yet; told: Ivo Brandt").exists()
    said = incident.timeline.filter(text__startswith="No commander yet")
    counts = []
    for minutes in (20, 39, 40, 79, 80, 139, 140):
        deadlines.fire_due(now + timedelta(minutes=minutes))
        counts.append(said.count())
    assert counts == [2, 2, 3, 3, 4, 4, 5], "again after 10, 20, 40 and then every 60 minutes"
    for role in ("commander", "liaison", "scribe"):
        release = ivo if role != "liaison" else dana
        take_role(incident, role, release, by=Actor.person(release), now=now + timedelta(minutes=150))
    deadlines.fire_due(now + timedelta(minutes=200))
    assert said.count() == 5


def test_nobody_is_told_of_roles_that_were_taken(
    incident: Incident, ivo: User, dana: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    take_role(incident, "liaison", dana, by=by_dana, now=now)
    take_role(incident, "scribe", ivo, by=by_ivo, now=now)

    deadlines.fire_due(now + timedelta(days=1))

    assert not Notification.objects.filter(key__startswith="vacant:").exists()


def test_it_releases_nothing_that_nobody_holds(
    incident: Incident, by_dana: Actor, by_mira: Actor, now: datetime
) -> None:
    with pytest.raises(WrongState, match="has no liaison"):
        release_role(incident, "liaison", by=by_dana, now=now)
    with pytest.raises(NotAllowed):
        release_role(incident, "commander", by=by_mira, now=now)


def test_the_command_centre_shows_what_is_to_be_taken(
    incident: Incident, dana: User, mira: User, signed_in: Callable[[User], Client]
) -> None:
    assert f"No liaison or scribe, {incident.reference}" in signed_in(dana).get("/admin/").content.decode()
    assert "No liaison" not in signed_in(mira).get("/admin/").content.decode()
