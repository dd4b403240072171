"""Nobody outside a confidential incident sees its title or reference: on any page, found from the URLconf.

The one who looks is in every group, so that every page opens, and in no secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.models import Contact, Customer, Delivery
from incidents import calls
from incidents.answers import answer
from incidents.asking import ask_executives
from incidents.confidential import grant, make_confidential
from incidents.drafts import start_draft
from incidents.greenlight import give_green_light
from incidents.models import Alert, Incident, Notification, Update
from incidents.oncall.notify import notify
from incidents.room.urls import paths
from incidents.tracks import add_finding
from postmortems.actions import add_action
from postmortems.listings import LISTINGS
from postmortems.models import Cause, Postmortem, Printed
from postmortems.opening import open_postmortem
from postmortems.printouts import order
from postmortems.report import choose_cause, save_report
from postmortems.review import open_review
from postmortems.selection import Selection
from tests import factories
from tests.conftest import make_person
from tests.e2e import pages
from tests.e2e.rows import add_rows

pytestmark = [pytest.mark.full, pytest.mark.django_db]
MINUTE = timedelta(minutes=1)
WORD = "Zanzibar"
SECRET_TEXT = f"{WORD} keys were copied from the vault of some of our services; we look into it at this moment."
# Signed links of those to whom the incident was told, customers and people of the vendor.
OF_READERS = {"told", "progress", "answer", "unsubscribe", "preferences", "acknowledge", "on_call_calendar"}


@pytest.fixture
def now() -> datetime:
    """Pages go by the database's clock."""
    return clock.now()


@pytest.fixture
def secrets(
    ivo: User, dana: User, mira: User, ada: User, now: datetime, settings: Settings
) -> tuple[Incident, Incident]:
    """One that goes on and one that is over with its report, after an ordinary one; all that can hang on them does."""
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]
    by_ivo, by_dana, by_mira = (Actor.person(person) for person in (ivo, dana, mira))
    pat = factories.contact(factories.customer("Acme", factories.service()), "Pat")
    plain = factories.incident(by_ivo, now - 300 * MINUTE)
    factories.send(plain, "initial", by_dana, now - 299 * MINUTE)
    over = _secret(by_ivo, dana, now - 200 * MINUTE, "one")
    factories.send(over, "initial", by_dana, now - 199 * MINUTE, body=SECRET_TEXT)
    give_green_light(over, note=SECRET_TEXT, by=by_ivo, now=now - 101 * MINUTE)
    factories.send(over, "final", by_dana, now - 100 * MINUTE, body=SECRET_TEXT, minutes=None)
    over.refresh_from_db()
    answer(pat, over, "yes", SECRET_TEXT, now=now - 90 * MINUTE)
    report = open_postmortem(over, by=by_ivo, now=now - 90 * MINUTE)
    cause = Cause.objects.get(slug="capacity")
    report = choose_cause(report, cause, by=by_ivo, now=now - 89 * MINUTE)
    report = save_report(report, version=report.version, root_cause=SECRET_TEXT, by=by_ivo, now=now - 88 * MINUTE)
    due = (now + timedelta(days=20)).date()
    add_action(report, kind="prevent", title=f"{WORD} locks", owner=ivo, due_on=due, by=by_ivo, now=now - 87 * MINUTE)
    open_review(cause, reason="Twice", by=by_mira, now=now - 80 * MINUTE)
    order(Printed.POSTMORTEM, Selection(now), title=str(over), object_id=report.pk, by=by_ivo, now=now)
    going = _secret(by_ivo, dana, now - 50 * MINUTE, "two")
    factories.send(going, "initial", by_dana, now - 49 * MINUTE, body=SECRET_TEXT)
    Delivery.objects.filter(message__thread_key=going.reference).update(state="failed")
    calls.record_call(going, pat.customer, result="reached", spoke_with="Kim", note=WORD, by=by_dana, now=now)
    start_draft(going, kind="progress", by=by_dana, now=now)
    ask_executives(going, SECRET_TEXT, minutes=30, by=by_dana, now=now)
    add_finding(going, "diagnosis", f"{WORD} door", by=by_ivo, now=now)
    notify([ivo], key="n", purpose=Notification.Purpose.BRIEFING, subject=WORD, body=WORD, incident=going, now=now)
    return going, over


def _secret(by: Actor, liaison: User, at: datetime, name: str) -> Incident:
    alert = Alert.objects.get(pk=factories.alert(at, title=f"{WORD} alarm {name}").pk)
    incident = factories.incident(by, at, title=f"{WORD} leak {name}")
    Alert.objects.filter(pk=alert.pk).update(incident=incident, state="declared")
    incident = make_confidential(incident, reason="The police asked for silence", by=by, now=at)
    grant(incident, person=liaison, reason="Writes to customers", by=by, now=at)
    return incident


@pytest.fixture
def outsider(db: None) -> User:
    """Olga holds every role and is named nowhere."""
    return make_person("Olga Stern", *Group)


def told(response: HttpResponseBase) -> str:
    """All that an answer says, its target included."""
    body = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    return f"{response.headers.get('Location', '')} {body.decode(errors='replace')}"


def leaks(text: str, secrets: tuple[Incident, Incident], address: str) -> list[str]:
    """What of the secrets a page says; the word that was asked for may stand in the field it was typed into."""
    found = re.findall(rf"{WORD} \w+", text)
    named = [row.reference for row in secrets if row.reference not in address]
    return found + [reference for reference in named if re.search(rf"\b{reference}\b", text)]


def opened() -> list[tuple[str, str]]:
    """Every page that a GET opens, of the newest rows, which are the secret ones."""
    add_rows()
    found = []
    for name, count in pages.routes():
        if name in pages.LEFT_OUT or name in OF_READERS | {"healthz"}:
            continue
        ways = product(*pages._fills(name, count)) if count else [()]
        query = pages.QUERY[name]() if name in pages.QUERY else ""
        found += [(name, reverse(name, args=values) + query) for values in ways]
    return found


def asked_for(secrets: tuple[Incident, Incident]) -> list[str]:
    """Addresses that ask for a secret by name, by number or by file."""
    going, over = secrets
    update = Update.objects.filter(incident=over).first()
    assert update is not None
    report = Postmortem.objects.get(incident=over)
    customer = Customer.objects.get(name="Acme")
    rows = f"?period=all&cause={report.cause_id}&incident={over.pk}&update={update.pk}&outage={over.pk}"
    turns = ("postmortem.cause_reclassified", "postmortem.action_moved", "postmortem.action_closed")
    return [
        *(f"/admin/search/?q={asked}" for asked in (WORD, "leak", going.reference, str(going.pk))),
        *(f"/admin/promises/?period=all&{more}" for more in ("as=csv", f"incident={over.pk}", "by=customer")),
        f"/admin/customers/customer/{customer.pk}/change/",
        f"/admin/incidents/incident/?q={WORD}",
        f"/admin/incidents/incident/{over.pk}/change/",
        f"/admin/incidents/update/?q={WORD}",
        f"/admin/core/auditentry/?q={going.reference}",
        f"/admin/customers/message/?q={going.reference}",
        f"/review/incidents/{over.pk}/",
        *(f"{reverse('review:rows', args=[name])}{rows}" for name in LISTINGS),
        *(f"{reverse('review:rows', args=['record'])}{rows}&act={act}" for act in turns),
    ]


def test_no_page_tells_an_outsider_its_title_or_reference(
    secrets: tuple[Incident, Incident], outsider: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(outsider)
    browser.raise_request_exception = False
    every = [*opened(), *(("asked", address) for address in asked_for(secrets))]
    assert len(every) > 150
    wrong, statuses = [], {}
    for name, address in every:
        response = browser.get(address)
        statuses[address] = response.status_code
        if response.status_code >= 500:
            wrong.append(f"{name} {address}: {response.status_code}")
        elif found := leaks(told(response), secrets, address):
            wrong.append(f"{name} {address}: {found} ({response.status_code})")
    assert not wrong, "\n".join(wrong)
    for secret in secrets:
        own = [status for path, status in statuses.items() if re.search(rf"/incidents/{secret.pk}/", path)]
        assert set(own) <= {404, 405}, "not found, rather than refused"


def test_no_button_acts_on_it_for_an_outsider(
    secrets: tuple[Incident, Incident], outsider: User, signed_in: Callable[[User], Client]
) -> None:
    browser, (going, _) = signed_in(outsider), secrets
    values = {"pk": going.pk, "item_pk": 1, "finding_pk": going.findings.get().pk, "track": "diagnosis"}
    values |= {"customer_pk": Customer.objects.get(name="Acme").pk, "kind": "progress", "name": "severity"}
    pressed = 0
    for route in paths(lambda view: view):
        path = str(route.pattern)
        if not path.startswith("incidents/<int:pk>/"):
            continue
        address = "/admin/" + re.sub(r"<\w+:(\w+)>", lambda found: str(values[found[1]]), path)
        assert browser.post(address, {}).status_code in (404, 405), address
        pressed += 1
    assert pressed > 20


def test_those_named_see_it_everywhere(
    secrets: tuple[Incident, Incident], dana: User, signed_in: Callable[[User], Client]
) -> None:
    browser, (going, over) = signed_in(dana), secrets
    for address in ("/admin/", f"/admin/search/?q={WORD}", "/admin/promises/?period=all", "/review/"):
        assert WORD in browser.get(address).content.decode(), address
    room = browser.get(f"/admin/incidents/incident/{going.pk}/change/").content.decode()
    assert "Confidential: few may know" in room
    assert browser.get(f"/review/incidents/{over.pk}/").status_code == 200


def test_customers_who_are_affected_see_theirs(secrets: tuple[Incident, Incident], now: datetime) -> None:
    pat, (going, _) = Contact.objects.get(name="Pat"), secrets
    Delivery.objects.filter(message__thread_key=going.reference).update(state="sent")
    page = Client().get(next(iter(pages._reader("progress")())).join(("/p/", "/")))
    assert WORD in page.content.decode()
    assert pat.customer.name in page.content.decode()
