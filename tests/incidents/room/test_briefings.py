"""The briefings for customer success and for executives, and people whom two incidents concern."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.models import Customer, Delivery
from incidents import calls
from incidents.asking import ask_executives
from incidents.models import Incident
from incidents.tracks import add_finding
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    """Pages go by the database's clock."""
    return clock.now()


@pytest.fixture
def outage(by_ivo: Actor, by_dana: Actor, cleo: User, now: datetime) -> Incident:
    """Acme (enterprise, Cleo's), Globex (standard, Cleo's) and Initech (nobody's) were told ten minutes ago."""
    for name, tier, owner in (
        ("Acme", "enterprise", cleo),
        ("Globex", "standard", cleo),
        ("Initech", "business", None),
    ):
        customer = factories.customer(name, factories.service())
        Customer.objects.filter(pk=customer.pk).update(tier=tier, account_owner=owner)
        factories.contact(customer, f"Pat of {name}")
    outage = factories.incident(by_ivo, now - 20 * MINUTE)
    update = factories.send(outage, "initial", by_dana, now - 10 * MINUTE)
    Delivery.objects.filter(message=update.message).update(state="sent")
    return outage


def page(browser: Client, outage: Incident, which: str, query: str = "") -> str:
    response = browser.get(f"/admin/incidents/{outage.pk}/briefing/{which}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_customer_success_reads_of_its_own_customers_the_largest_first(
    outage: Incident, cleo: User, signed_in: SignIn
) -> None:
    browser = signed_in(cleo)
    mine = page(browser, outage, "success")
    assert mine.index("Enterprise") < mine.index("Acme") < mine.index("Standard") < mine.index("Globex")
    assert "Initech" not in mine
    assert factories.BODY in mine, "what to say is what was sent"
    assert "uses Payments API" in mine
    assert "Initech" in page(browser, outage, "success", "?all=1")


def test_a_personal_contact_stands_beside_its_customer(
    outage: Incident, cleo: User, signed_in: SignIn, now: datetime
) -> None:
    acme = Customer.objects.get(name="Acme")
    browser = signed_in(cleo)
    assert f"/admin/incidents/{outage.pk}/calls/{acme.pk}/" in page(browser, outage, "success")
    by = Actor.person(cleo)
    calls.record_call(outage, acme, result="reached", spoke_with="Kim", note="Wants a report", by=by, now=now)
    shown = page(browser, outage, "success")
    assert "reached, Kim" in shown
    assert "Wants a report" in shown
    assert "One has been spoken to." in shown


def test_whoever_was_told_earlier_is_still_in_the_briefing(
    outage: Incident, cleo: User, signed_in: SignIn, now: datetime
) -> None:
    outage.affected.update(until=now)
    shown = page(signed_in(cleo), outage, "success")
    assert "told earlier, no longer affected" in shown


def test_executives_read_one_page_with_what_waits_for_them_on_top(
    outage: Incident, mira: User, by_ivo: Actor, by_dana: Actor, signed_in: SignIn, now: datetime
) -> None:
    ask_executives(outage, "A second region for tonight", minutes=30, by=by_dana, now=now)
    add_finding(outage, "mitigation", "Fail over to eu-central", by=by_ivo, now=now, state="under_way")
    shown = page(signed_in(mira), outage, "executives")
    assert shown.index("A second region for tonight") < shown.index("What it is")
    for text in ("Ivo Brandt", "for 20 min", "3 customers, 3 contacts", "1 Enterprise", "Fail over to eu-central"):
        assert text in shown, text
    assert "No promise has come due yet." in shown
    factories.send(outage, "progress", by_dana, now)
    assert "1 of 1 promised updates came in time." in page(signed_in(mira), outage, "executives")


@pytest.mark.parametrize("which", ["success", "executives"])
def test_a_briefing_refreshes_itself_cheaply(
    outage: Incident, mira: User, by_dana: Actor, signed_in: SignIn, which: str, now: datetime
) -> None:
    browser, address = signed_in(mira), f"/admin/incidents/{outage.pk}/briefing/{which}/"
    assert f'data-live="{address}?part=1"' in page(browser, outage, which)
    first = browser.get(f"{address}?part=1")
    assert "<html" not in first.content.decode()
    version = {"If-None-Match": first["ETag"]}
    assert browser.get(f"{address}?part=1", headers=version).status_code == 304
    factories.send(outage, "progress", by_dana, now)
    assert browser.get(f"{address}?part=1", headers=version).status_code == 200


def test_the_room_and_the_call_list_say_who_is_in_another_incident_as_well(
    outage: Incident, dana: User, by_ivo: Actor, by_dana: Actor, signed_in: SignIn, now: datetime
) -> None:
    other = factories.incident(by_ivo, now - 5 * MINUTE, services=[factories.service("Refunds")], title="No refunds")
    factories.customer("Acme", factories.service("Refunds"))
    update = factories.send(other, "initial", by_dana, now - 4 * MINUTE)
    browser = signed_in(dana)
    room = browser.get(f"/admin/incidents/incident/{outage.pk}/change/").content.decode()
    link = f'<a href="/admin/incidents/incident/{other.pk}/change/">{other}</a>'
    assert f"1 contact of these also in {link}" in room
    Delivery.objects.filter(message=update.message).update(state="bounced")
    listed = browser.get(f"/admin/incidents/{other.pk}/calls/").content.decode()
    assert f"also told of {outage.reference}" in listed
