"""Numbers in forged requests: "²" is a digit to Python and no number; none of it is an error of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.drafts import start_draft
from incidents.models import Incident
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
STRANGE = ["²", "٣", "9" * 5000, "-1", ""]


@pytest.fixture
def incident(ivo: User) -> Incident:
    """An incident on Payments API, which Acme uses."""
    make.contact(make.customer("Acme", make.service()), "Ana")
    return make.incident(by=Actor.person(ivo), now=clock.now())


@pytest.mark.parametrize("number", STRANGE)
def test_it_finds_no_contact_by_a_strange_number(
    signed_in: SignIn, dana: User, incident: Incident, number: str
) -> None:
    url = reverse("admin:audience", args=[incident.pk])
    assert signed_in(dana).post(url, {"contact": number, "reason": "Left"}).status_code == 404


@pytest.mark.parametrize("number", STRANGE)
def test_it_asks_for_a_template_of_the_list(signed_in: SignIn, dana: User, incident: Incident, number: str) -> None:
    draft = start_draft(incident, kind="initial", by=Actor.person(dana), now=clock.now())
    form = {"kind": "initial", "status": "investigating", "version": draft.version, "key": "k"}
    url = reverse("admin:compose", args=[incident.pk])
    answer = signed_in(dana).post(url, {**form, "action": "template", "template": number})
    assert answer.status_code == 409
    assert "Choose a template from the list." in answer.content.decode()


@pytest.mark.parametrize("number", STRANGE[:4])
def test_it_refuses_a_strange_time_of_the_next_update(
    signed_in: SignIn, dana: User, incident: Incident, number: str
) -> None:
    draft = start_draft(incident, kind="initial", by=Actor.person(dana), now=clock.now())
    form = {"kind": "initial", "status": "investigating", "version": draft.version, "key": "k", "preset": number}
    answer = signed_in(dana).post(reverse("admin:compose", args=[incident.pk]), form)
    assert answer.status_code == 422
