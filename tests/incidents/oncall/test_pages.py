"""“My contact methods”, the lists of notifications and methods, and who was told how."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.doctor import work
from customers.affected import Scope
from incidents.alerts import report_problem
from incidents.models import ContactMethod, ContactStep
from incidents.qualify import declare
from tests import factories
from tests.incidents.oncall.phones import call_back, run, telephone, way_of
from tests.incidents.oncall.postbox import Postbox, postbox
from tests.providers import ACCOUNT, TOKEN, Provider

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
MINE = "/admin/contact-methods/"
IVOS = "+4915112345678"


@pytest.fixture
def line(settings: Settings) -> Iterator[Provider]:
    with Provider(telephone) as provider:
        settings.STAFF_TWILIO_ACCOUNT_SID, settings.STAFF_TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.STAFF_TWILIO_FROM, settings.STAFF_TWILIO_API_URL = "+15005550006", provider.url
        yield provider


@pytest.fixture(autouse=True)
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.STAFF_MAIL_URL = box.url
        yield box


@pytest.fixture
def now() -> datetime:
    return clock.now()


def test_a_telephone_is_added_proven_and_put_in_order(line: Provider, signed_in: SignIn, ivo: User) -> None:
    client = signed_in(ivo)
    assert "Mail alone wakes few people" in client.get(MINE).content.decode()
    page = client.post(MINE, {"do": "add", "kind": "sms", "address": "+49 1511 2345678"}, follow=True).content.decode()
    assert "A code is on its way to +49…5678" in page
    assert "Waits for its code" in page
    method = ContactMethod.objects.get()
    code = re.search(r"\d{6}", line.taken[0].form["Body"])
    assert code
    wrong = client.post(MINE, {"do": "verify", "method": method.pk, "code": "x"})
    assert wrong.status_code == 422
    assert "4 tries are left" in wrong.content.decode()
    page = client.post(MINE, {"do": "verify", "method": method.pk, "code": code[0]}, follow=True).content.decode()
    assert "SMS +49…5678 at once" in page
    order = {
        "do": "order",
        "page-0": "5",
        f"page-{method.pk}": "0, 2.5",
        "briefing-0": "0",
        f"briefing-{method.pk}": "",
    }
    page = client.post(MINE, order, follow=True).content.decode()
    assert "SMS +49…5678 after 2.5 min" in page
    assert IVOS not in page
    client.post(MINE, {"do": "remove", "method": method.pk})
    assert set(ContactStep.objects.values_list("method", flat=True)) == {None}


def test_bad_minutes_are_named_and_nothing_is_lost(line: Provider, signed_in: SignIn, ivo: User, now: datetime) -> None:
    method = way_of(ivo, "sms", IVOS, now, page=1)
    order = {"do": "order", "page-0": "soon", f"page-{method.pk}": "3"}
    answer = signed_in(ivo).post(MINE, order)
    assert answer.status_code == 422
    assert "“soon” is none" in answer.content.decode()
    assert 'value="soon"' in answer.content.decode()
    assert ContactStep.objects.get().delay_seconds == 60


def test_nobody_reaches_anothers_methods(
    line: Provider, signed_in: SignIn, ivo: User, dana: User, now: datetime
) -> None:
    method = way_of(ivo, "sms", IVOS, now, page=0)
    for act in ("code", "verify", "remove"):
        assert signed_in(dana).post(MINE, {"do": act, "method": method.pk, "code": "1"}).status_code == 404
    order = {"do": "order", f"page-{method.pk}": "7"}
    signed_in(dana).post(MINE, order)
    assert ContactStep.objects.get(method=method).delay_seconds == 0


def test_no_page_shows_a_secret(signed_in: SignIn, ivo: User, ada: User, otto: User, now: datetime) -> None:
    method = way_of(ivo, "chat", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", now, page=0)
    everybody = [signed_in(ivo).get(MINE), signed_in(ada).get("/admin/incidents/contactmethod/")]
    everybody += [
        signed_in(ada).get(f"/admin/incidents/contactmethod/{method.pk}/{page}/") for page in ("change", "history")
    ]
    for answer in everybody:
        assert answer.status_code == 200
        assert "slack://" in answer.content.decode() or "history" in answer.request["PATH_INFO"]
        assert "TIiajkdnlazkcOXrIdevi7FQ" not in answer.content.decode()
    assert signed_in(ivo).get("/admin/incidents/contactmethod/").status_code in (302, 403)
    assert signed_in(otto).get(MINE).status_code in (302, 403)


def test_it_shows_who_was_told_how_and_what_came_of_it(
    line: Provider,
    signed_in: SignIn,
    on_call: SimpleNamespace,
    by_ivo: Actor,
    by_mara: Actor,
    ada: User,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    way = way_of(on_call.ivo, "voice", IVOS, now, page=0)
    alert = report_problem(title="Payments fail", noticed_by="customer", by=by_mara, now=now)
    run(now)
    call = way.attempt_set.get()
    call_back("staff_call_status", f"?delivery={call.pk}", CallSid=call.provider_id, CallStatus="completed")
    page = signed_in(on_call.ivo).get(reverse("admin:qualify", args=[alert.pk])).content.decode()
    assert "voice call +49…5678: delivered" in page
    assert "e-mail: handed over" in page
    incident = declare(
        [alert], title="Payments fail", severity="SEV2", scopes=[Scope(factories.service().pk)], by=by_ivo, now=now
    )
    room = signed_in(on_call.ivo).get(reverse("admin:incidents_incident_change", args=[incident.pk])).content.decode()
    assert "voice call +49…5678: delivered" in room
    client = signed_in(ada)
    with django_assert_max_num_queries(15):
        listed = client.get("/admin/incidents/notification/?channel=voice").content.decode()
    assert "voice call +49…5678: delivered" in listed
    assert "Dana Reyes" not in listed.split("<tbody>")[-1]
    assert client.get("/admin/incidents/notification/?trouble=nobody").status_code == 200


def test_the_doctor_says_who_can_not_be_woken(line: Provider, on_call: SimpleNamespace, now: datetime) -> None:
    texts = [finding.text for finding in work.examine(now)]
    assert "4 of 4 people who are paged have no second channel beside e-mail." in texts
    for person in (on_call.ivo, on_call.dana, on_call.petra, on_call.sam):
        way_of(person, "voice", IVOS, now)
    ContactMethod.objects.filter(person=on_call.sam).update(verified_at=None)
    texts = [finding.text for finding in work.examine(now)]
    assert "1 contact method(s) wait for their code, so they are not used." in texts
