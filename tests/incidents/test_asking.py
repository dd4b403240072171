"""Executives are asked for resources, with a clock on the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group as AuthGroup
from django.test import Client

from crisisdesk.core import deadlines
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.asking import answer_request, ask_executives
from incidents.greenlight import give_green_light
from incidents.models import ExecutiveRequest, Incident, IncidentRole, Notification, Rank, Shift
from tests import factories

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
WORDS = "Two database engineers from the provider, tonight."


@pytest.fixture
def incident(by_ivo: Actor, now: datetime) -> Incident:
    """An incident in progress."""
    return factories.incident(by_ivo, now)


@pytest.fixture
def sponsors(mira: User, now: datetime) -> tuple[User, User]:
    """Mira is executive sponsor, Nils her backup; both on call all day."""
    nils = User.objects.create_user("nils", "nils@vendor.example", first_name="Nils", last_name="Berg", is_staff=True)
    nils.groups.set(AuthGroup.objects.filter(name=Group.EXECUTIVES))
    role, day = IncidentRole.objects.get(slug="executive-sponsor"), timedelta(hours=12)
    for person, rank in ((mira, Rank.PRIMARY), (nils, Rank.BACKUP)):
        Shift.objects.create(role=role, person=person, rank=rank, starts_at=now - day, ends_at=now + day)
    return mira, nils


@pytest.fixture
def request_(incident: Incident, sponsors: tuple[User, User], by_ivo: Actor, now: datetime) -> ExecutiveRequest:
    """Asked by Ivo; an answer is due in 30 minutes."""
    return ask_executives(incident, WORDS, minutes=30, by=by_ivo, now=now)


def told(occasion: str) -> list[str]:
    """First names of whom an occasion's notifications went to."""
    rows = Notification.objects.filter(key__contains=f":{occasion}:")
    return sorted(rows.values_list("person__first_name", flat=True))


def test_it_tells_the_sponsor_at_once_and_writes_it_down(request_: ExecutiveRequest, incident: Incident) -> None:
    assert told("asked") == ["Mira"]
    assert incident.timeline.filter(text__contains=WORDS, text__startswith="Asked executives").count() == 1
    assert AuditEntry.objects.filter(action="executive_request.asked").count() == 1


def test_it_climbs_to_the_backup_and_then_to_all_once_each(request_: ExecutiveRequest, now: datetime) -> None:
    deadlines.fire_due(now + 15 * MINUTE - SECOND)
    assert told("soon") == []
    for _ in range(2):
        deadlines.fire_due(now + 15 * MINUTE)
    assert told("soon") == ["Nils"]
    said = request_.incident.timeline.filter(text__startswith="Half of the time for an answer is over")
    assert [row.text.rpartition(" (")[2] for row in said] == ["Nils Berg told)"]
    deadlines.fire_due(now + 30 * MINUTE - SECOND)
    assert told("due") == []
    for _ in range(2):
        deadlines.fire_due(now + 30 * MINUTE)

    assert told("due") == ["Ivo", "Mira", "Nils"]
    assert AuditEntry.objects.filter(action="executive_request.unanswered").count() == 1


def test_it_stops_the_clock_with_the_answer(request_: ExecutiveRequest, by_mira: Actor, now: datetime) -> None:
    answer_request(request_, "granted", "They start at 22:00.", by=by_mira, now=now + 5 * MINUTE)

    deadlines.fire_due(now + 60 * MINUTE)

    assert (told("soon"), told("due"), told("answered")) == ([], [], ["Ivo"])
    assert request_.incident.timeline.filter(text__contains="They start at 22:00").count() == 1


def test_it_is_answered_once(request_: ExecutiveRequest, by_mira: Actor, now: datetime) -> None:
    answer_request(request_, "granted", "", by=by_mira, now=now + MINUTE)

    with pytest.raises(WrongState, match="Mira Sato answered at 14:01 UTC already"):
        answer_request(request_, "declined", "No money.", by=by_mira, now=now + 2 * MINUTE)


def test_it_can_be_answered_late(request_: ExecutiveRequest, by_mira: Actor, now: datetime) -> None:
    deadlines.fire_due(now + 31 * MINUTE)

    assert answer_request(request_, "granted", "Yes", by=by_mira, now=now + 40 * MINUTE).decision == "granted"


def test_it_lapses_with_the_incident(
    request_: ExecutiveRequest, by_ivo: Actor, by_dana: Actor, by_mira: Actor, now: datetime
) -> None:
    factories.contact(factories.customer("Acme", factories.service()))
    incident = request_.incident
    factories.send(incident, "initial", by_dana, now)
    give_green_light(incident, note="fixed", by=by_ivo, now=now)
    factories.send(incident, "final", by_dana, now + MINUTE)

    deadlines.fire_due(now + 60 * MINUTE)

    assert told("due") == []
    with pytest.raises(WrongState, match="lapsed"):
        answer_request(request_, "granted", "", by=by_mira, now=now + 61 * MINUTE)


def test_it_refuses_who_may_not(
    request_: ExecutiveRequest, incident: Incident, by_ivo: Actor, by_mira: Actor, by_mara: Actor, now: datetime
) -> None:
    with pytest.raises(NotAllowed, match="This takes Operations or Support"):
        ask_executives(incident, WORDS, minutes=30, by=by_mara, now=now)
    with pytest.raises(NotAllowed, match="This takes Executives"):
        answer_request(request_, "granted", "", by=by_ivo, now=now)


@pytest.mark.parametrize(("text", "minutes"), [(" ", 30), (WORDS, 0), (WORDS, 1441)])
def test_it_refuses_what_cannot_be_answered(
    incident: Incident, by_ivo: Actor, now: datetime, text: str, minutes: int
) -> None:
    with pytest.raises(InvalidInput):
        ask_executives(incident, text, minutes=minutes, by=by_ivo, now=now)


def test_it_declines_only_with_words(request_: ExecutiveRequest, by_mira: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="Say why not"):
        answer_request(request_, "declined", " ", by=by_mira, now=now)


def test_it_goes_from_the_room_to_the_executive_and_back(
    incident: Incident, ivo: User, mira: User, signed_in: Callable[[User], Client]
) -> None:
    ops, executive = signed_in(ivo), signed_in(mira)
    ops.post(f"/admin/incidents/{incident.pk}/do/ask/", {"text": WORDS, "minutes": "30"})
    row = ExecutiveRequest.objects.get()
    assert WORDS in executive.get("/admin/").content.decode()
    page = f"/admin/requests/{row.pk}/"
    assert 'name="decision"' in executive.get(page).content.decode()
    assert 'name="decision"' not in ops.get(page).content.decode()

    executive.post(page, {"decision": "granted", "answer": "They start at 22:00."})

    assert "They start at 22:00." in ops.get(f"/admin/incidents/incident/{incident.pk}/change/").content.decode()
    assert executive.post(page, {"decision": "granted", "answer": ""}).status_code == 409


def test_it_refuses_the_answer_of_another_in_the_page(
    incident: Incident, request_: ExecutiveRequest, dana: User, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(dana).post(f"/admin/requests/{request_.pk}/", {"decision": "granted", "answer": ""})

    assert answer.status_code == 403
    assert "This takes Executives" in answer.content.decode()
    request_.refresh_from_db()
    assert request_.decision == ""
