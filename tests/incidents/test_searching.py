"""One search over everything, and nobody finds what they may not see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Incident
from incidents.searching import EACH, incident_named, search
from tests import factories


@pytest.fixture
def incident(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    acme = factories.customer("Acme Payments", factories.service())
    factories.contact(acme, "Zoe Payne", email="zoe@acme.example")
    incident = factories.incident(by_ivo, now, title="Payments are failing")
    factories.send(incident, "initial", by_dana, now, body="The pay button answers with an error since two o'clock.")
    return incident


def kinds(asked: str, by: Actor) -> dict[str, list[str]]:
    return {found.kind: [str(row) for row in found.rows] for found in search(asked, by)}


def test_one_word_finds_every_kind(incident: Incident, by_dana: Actor) -> None:
    assert set(kinds("pay", by_dana)) == {"incident", "customer", "contact", "service", "message"}


def test_every_word_must_occur(incident: Incident, by_dana: Actor) -> None:
    assert set(kinds("pay button", by_dana)) == {"message"}
    assert kinds("pay nonsense", by_dana) == {}


@pytest.mark.parametrize("asked", ["zoe@", "ZOE@acme.example", "payne"])
def test_a_person_is_found_by_address_or_name(incident: Incident, by_dana: Actor, asked: str) -> None:
    assert kinds(asked, by_dana) == {"contact": ["Zoe Payne"]}


def test_a_reference_names_its_incident(incident: Incident, by_dana: Actor) -> None:
    for asked in (incident.reference, incident.reference.lower(), f" {incident.pk} ", f"inc {incident.pk}"):
        assert incident_named(asked, by_dana) == incident
    assert incident_named("INC-99999999999", by_dana) is None
    assert incident_named("payments", by_dana) is None


def test_who_may_not_see_customers_finds_none(incident: Incident, by_ada: Actor, by_otto: Actor) -> None:
    assert set(kinds("pay", by_ada)) == {"incident", "service"}
    assert kinds("pay", by_otto) == {}


def test_a_kind_with_many_says_so(by_dana: Actor, now: datetime) -> None:
    for number in range(EACH + 1):
        factories.customer(f"Initech {number}")
    (found,) = search("initech", by_dana)
    assert (len(found.rows), found.more) == (EACH, True)


@pytest.mark.parametrize("asked", ["", " ", "a", "%", "'", "\x00ab", "x" * 5000])
def test_strange_words_find_nothing_and_break_nothing(
    incident: Incident, dana: User, asked: str, signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(dana).get("/admin/search/", {"q": asked}).status_code == 200


def test_the_page_leads_to_what_was_found(incident: Incident, dana: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(dana)
    page = client.get("/admin/search/", {"q": "pay"}).content.decode()
    assert "Zoe Payne" in page
    assert f"/admin/incidents/incident/{incident.pk}/change/" in page
    answer = client.get("/admin/search/", {"q": incident.reference})
    assert answer.headers["Location"] == f"/admin/incidents/incident/{incident.pk}/change/"


@pytest.mark.parametrize(
    "asked", ["+49 30 2312 5042", "0049302312 5042", "030/23125042", "(030) 2312-5042", "312504 2"]
)
def test_whoever_rings_is_found_by_their_number(
    asked: str, by_dana: Actor, by_ivo: Actor, now: datetime, dana: User, signed_in: Callable[[User], Client]
) -> None:
    acme = factories.customer("Acme", factories.service())
    factories.contact(acme, "Zoe Payne", phone="+493023125042")
    factories.contact(acme, "Sam Payne", phone="+493023125043")
    assert kinds(asked, by_dana) == {"contact": ["Zoe Payne"]}
    incident = factories.incident(by_ivo, now)
    url = f"/admin/incidents/{incident.pk}/assessment/"
    assert signed_in(dana).get(url, {"q": asked}).headers["Location"] == f"{url}{acme.pk}/"


@pytest.mark.parametrize("asked", ["österreich", "ÖSTERREICH", "Österreich", "österreich über"])
def test_capitals_do_not_count_in_any_alphabet(
    asked: str, by_dana: Actor, dana: User, signed_in: Callable[[User], Client]
) -> None:
    factories.customer("Österreich Über AG")
    assert kinds(asked, by_dana) == {"customer": ["Österreich Über AG"]}
    assert "Österreich Über AG</a>" in signed_in(dana).get("/admin/customers/customer/", {"q": asked}).content.decode()
