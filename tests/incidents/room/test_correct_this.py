"""“Correct this message” stands on the page of every sent message, and begins the correction of that very one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.confidential import make_confidential
from incidents.drafts import start_draft
from incidents.greenlight import give_green_light
from incidents.models import Draft, Incident, Update
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
OFFER = 'value="correct"'


@pytest.fixture
def incident(by_ivo: Actor, by_dana: Actor) -> Incident:
    """Acme was told twice."""
    make.contact(make.customer("Acme", make.service()), "Pat")
    began = clock.now() - timedelta(minutes=20)
    incident = make.incident(by_ivo, began)
    make.send(incident, "initial", by_dana, began + timedelta(minutes=2))
    make.send(incident, "progress", by_dana, began + timedelta(minutes=12), body="It was the database in eu-west.")
    return Incident.objects.get(pk=incident.pk)


def shown(browser: Client, update: Update) -> str:
    return browser.get(reverse("admin:deliveries", args=[update.pk])).content.decode()


def test_it_begins_the_correction_of_that_message(signed_in: SignIn, dana: User, incident: Incident) -> None:
    browser, first = signed_in(dana), incident.updates.get(number=1)
    assert OFFER in shown(browser, first)
    answer = browser.post(reverse("admin:correct", args=[first.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("admin:compose", args=[incident.pk])
    draft = Draft.objects.get(closed_at=None)
    assert (draft.kind, draft.corrects) == ("correction", first), "not of the newest one"
    browser.post(reverse("admin:correct", args=[first.pk]))
    assert Draft.objects.get(closed_at=None) == draft, "a second press goes on with it"


def test_what_is_being_written_already_is_kept(
    signed_in: SignIn, dana: User, by_dana: Actor, incident: Incident
) -> None:
    start_draft(incident, kind="progress", by=by_dana, now=clock.now())
    answer = signed_in(dana).post(reverse("admin:correct", args=[incident.updates.get(number=2).pk]), follow=True)
    assert "Dana Reyes is writing a progress update here; send it or throw it away" in answer.content.decode()
    assert Draft.objects.get(closed_at=None).kind == "progress"


def test_who_may_not_write_and_after_the_end_reads_why(
    signed_in: SignIn, dana: User, ivo: User, by_ivo: Actor, by_dana: Actor, incident: Incident
) -> None:
    first = incident.updates.get(number=1)
    assert OFFER not in (page := shown(signed_in(ivo), first))
    assert "Correct this message.</strong>" in page
    assert signed_in(ivo).post(reverse("admin:correct", args=[first.pk])).status_code == 403
    give_green_light(incident, note="Failed over.", by=by_ivo, now=clock.now())
    make.send(Incident.objects.get(), "final", by_dana, clock.now(), minutes=None)
    assert OFFER not in (page := shown(signed_in(dana), first))
    assert "reopen it before sending an update" in page
    answer = signed_in(dana).post(reverse("admin:correct", args=[first.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("admin:deliveries", args=[first.pk])
    assert "reopen it before sending an update" in answer.content.decode()
    assert not Draft.objects.filter(closed_at=None).exists()


def test_a_correction_offers_no_correction_of_itself(
    signed_in: SignIn, dana: User, by_dana: Actor, incident: Incident
) -> None:
    correction = make.send(incident, "correction", by_dana, clock.now(), body="It is in eu-north.", minutes=None)
    assert OFFER not in shown(signed_in(dana), correction)
    assert signed_in(dana).post(reverse("admin:correct", args=[correction.pk])).status_code == 404


def test_of_a_confidential_incident_there_is_nothing_to_be_found(
    signed_in: SignIn, mara: User, by_ivo: Actor, incident: Incident
) -> None:
    make_confidential(incident, reason="Legal asked.", by=by_ivo, now=clock.now())
    assert signed_in(mara).post(reverse("admin:correct", args=[incident.updates.get(number=1).pk])).status_code == 404
