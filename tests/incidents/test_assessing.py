"""For any customer: what of theirs is affected, since when, how badly, and what is known; ready to be read out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.models import Customer, Delivery, Instance, Region, ServiceDependency
from incidents.assessing import as_text, assess
from incidents.models import Incident
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def acme(db: None) -> Customer:
    acme = factories.customer("Acme", factories.service())
    acme.language, acme.time_zone = "de", "Europe/Berlin"
    acme.save()
    factories.contact(acme, "Pat")
    return acme


@pytest.fixture
def incident(acme: Customer, by_ivo: Actor, now: datetime) -> Incident:
    """Payments API has a major outage; Checkout stands on it, and Globex uses only that."""
    payments, checkout = factories.service(), factories.service("Checkout")
    ServiceDependency.objects.create(service=checkout, depends_on=payments)
    factories.contact(factories.customer("Globex", checkout), "Robin")
    factories.customer("Initech", factories.service("Reports"))
    incident = factories.incident(by_ivo, now)
    incident.affected.update(component_status="major_outage")
    return incident


def test_it_says_what_how_badly_and_since_when(acme: Customer, incident: Incident, now: datetime) -> None:
    (one,) = assess(incident, acme, now=now).touched
    assert (one.reason, one.status, one.since) == ("Payments API", "major_outage", now)


def test_it_says_through_what_it_fails(incident: Incident, now: datetime) -> None:
    (one,) = assess(incident, Customer.objects.get(name="Globex"), now=now).touched
    assert one.reason == "Checkout, which depends on Payments API"
    assert one.status == "major_outage"


def test_who_uses_nothing_of_it_is_told_so(incident: Incident, now: datetime) -> None:
    found = assess(incident, Customer.objects.get(name="Initech"), now=now)
    assert found.touched == ()
    assert "Nothing that you use is affected." in as_text(found)


def test_the_words_are_in_the_customers_language_and_zone(
    acme: Customer, incident: Incident, by_dana: Actor, now: datetime
) -> None:
    factories.send(incident, "initial", by_dana, now, minutes=30)
    Delivery.objects.update(state="sent", sent_at=now)
    found = assess(incident, acme, now=now + 5 * MINUTE)
    text = as_text(found)
    assert "Betroffen: Payments API (großer Ausfall)" in text
    assert "Voraussichtliche Behebung: noch nicht bekannt" in text
    assert "15:30 CET (14:30 UTC)" in text
    assert found.last_told_at == now
    assert not found.is_late
    assert assess(incident, acme, now=now + 31 * MINUTE).is_late


def test_it_names_the_place_and_what_it_fails_through(incident: Incident, now: datetime) -> None:
    globex = Customer.objects.get(name="Globex")
    region = Region.objects.create(slug="eu-west", name="Europe")
    instance = Instance.objects.create(service=factories.service("Checkout"), region=region, name="7")
    globex.subscriptions.update(region=region, instance=instance)
    text = as_text(assess(incident, globex, now=now))
    assert "Affected: Checkout, eu-west, instance 7 (major outage, through Payments API)" in text
    assert "Status: Investigating" in text


def test_of_what_is_over_it_says_so(acme: Customer, incident: Incident, now: datetime) -> None:
    incident.resolved_at = now + 60 * MINUTE
    incident.workaround = "Retry."
    text = as_text(assess(incident, acme, now=now + 90 * MINUTE))
    assert text.splitlines()[1:] == [
        "Inzwischen beendet.",
        "Betroffen war: Payments API",
        "Von: Di, 10. März, 15:00 CET (14:00 UTC)",
        "Bis: Di, 10. März, 16:00 CET (15:00 UTC)",
    ]


def test_it_names_no_other_customer(acme: Customer, incident: Incident, now: datetime) -> None:
    text = as_text(assess(incident, acme, now=now))
    assert "Globex" not in text
    assert "Initech" not in text


def test_support_finds_who_is_on_the_phone(
    acme: Customer, incident: Incident, dana: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(dana)
    url = f"/admin/incidents/{incident.pk}/assessment/"
    assert "you get what of theirs is affected" in client.get(url).content.decode()
    for asked in ("acm", "ACME", "Pat", acme.contacts.get().email):
        assert client.get(url, {"q": asked}).headers["Location"] == f"{url}{acme.pk}/"
    assert "Nobody of that name" in client.get(url, {"q": "zzz"}).content.decode()
    page = client.get(f"{url}{acme.pk}/").content.decode()
    assert "What of theirs is affected" in page
    assert "Betroffen: Payments API" in page


def test_who_may_not_see_customers_does_not(
    acme: Customer, incident: Incident, ada: User, signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(ada).get(f"/admin/incidents/{incident.pk}/assessment/{acme.pk}/").status_code == 403
