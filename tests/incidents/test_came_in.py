"""Whoever comes to be affected while an outage goes on is offered what they missed, by whichever way they came.

Both ways: affected and told nothing if and only if offered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from customers.duplicates import merge
from customers.imports import apply, plan, read
from customers.models import Contact, Customer, Delivery, ServiceDependency, Subscription
from incidents.catching_up import catch_up
from incidents.models import Incident
from incidents.recipients import last_to_all, newly_affected, with_changes
from tests import factories

MINUTE = timedelta(minutes=1)
Change = Callable[[Actor, datetime], None]


def offered(incident: Incident) -> int:
    incident = Incident.objects.get(pk=incident.pk)
    last = last_to_all(with_changes(incident.updates.all()))
    return newly_affected(incident, last, incident.affected.filter(until=None)).contacts


@pytest.fixture
def incident(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """Payments API fails; Acme was told an hour ago, but not Globex, which uses Reports, nor Lee, who had left Acme."""
    acme = factories.customer("Acme", factories.service())
    factories.contact(acme, "Pat", email="pat@acme.example")
    factories.contact(acme, "Lee", email="lee@acme.example", is_active=False)
    factories.contact(acme, "Mute", email="mute@acme.example", wants_email=False)
    factories.contact(factories.customer("Globex", factories.service("Reports")), "Robin")
    for model in (Contact, Customer, Subscription):
        model.history.update(history_date=now - 2 * 60 * MINUTE)
    incident = factories.incident(by_ivo, now - 60 * MINUTE)
    factories.send(incident, "initial", by_dana, now - 60 * MINUTE, minutes=60)
    return incident


def subscribes(by: Actor, now: datetime) -> None:
    row = Subscription(customer=Customer.objects.get(name="Globex"), service=factories.service())
    stamp(row, by=by, now=now)
    row.save()


def comes(by: Actor, now: datetime) -> None:
    row = Contact(customer=Customer.objects.get(name="Acme"), name="New", email="new@acme.example")
    stamp(row, by=by, now=now)
    row.save()


def comes_back(by: Actor, now: datetime) -> None:
    row = Contact.objects.get(name="Lee")
    row.is_active = True
    stamp(row, by=by, now=now)
    row.save()


def wants_mail(by: Actor, now: datetime) -> None:
    row = Contact.objects.get(name="Mute")
    row.wants_email = True
    stamp(row, by=by, now=now)
    row.save()


def is_imported(by: Actor, now: datetime) -> None:
    table = read(b"customer_reference,customer,services\nglobex,Globex,payments-api\n", name="crm.csv")
    apply(table, shown=plan(table).digest, by=by, now=now)


def is_merged(by: Actor, now: datetime) -> None:
    merge(Customer.objects.get(name="Acme"), Customer.objects.get(name="Globex"), by=by, now=now)


def stands_on_it(by: Actor, now: datetime) -> None:
    row = ServiceDependency(service=factories.service("Reports"), depends_on=factories.service())
    stamp(row, by=by, now=now)
    row.save()


WAYS = [subscribes, comes, comes_back, wants_mail, is_imported, is_merged, stands_on_it]


@pytest.mark.parametrize("change", WAYS, ids=lambda way: way.__name__)
def test_whoever_comes_in_is_offered_it_and_told_once(
    incident: Incident, change: Change, by_dana: Actor, now: datetime
) -> None:
    Delivery.objects.update(state="sent", sent_at=now - 60 * MINUTE)
    with CaptureQueriesContext(connection) as queries:
        assert offered(incident) == 0
    assert not any("customers_delivery" in query["sql"] for query in queries), "read only when something changed"
    change(by_dana, now - MINUTE)
    assert offered(incident) == 1
    update = catch_up(incident, by=by_dana, now=now - MINUTE, key="once")
    assert (update.contacts_count, offered(incident)) == (1, 0)


def test_what_concerns_others_offers_nothing(incident: Incident, by_dana: Actor, now: datetime) -> None:
    """A name corrected, a contact elsewhere, a service given up: who was told stays told, nobody comes in."""
    pat = Contact.objects.get(name="Pat")
    pat.name = "Patricia"
    stamp(pat, by=by_dana, now=now)
    pat.save()
    factories.contact(factories.customer("Initech", factories.service("Reports")), "Sam")
    use = Subscription.objects.get(customer__name="Acme")
    stamp(use, by=by_dana, now=now)
    use.delete()
    assert offered(incident) == 0
    factories.send(incident, "progress", by_dana, now)
    assert Delivery.objects.filter(message__kind="progress").get().contact == pat


def test_a_correction_hides_nobody_who_came_in_before(incident: Incident, by_dana: Actor, now: datetime) -> None:
    subscribes(by_dana, now - 50 * MINUTE)
    factories.send(incident, "correction", by_dana, now - 40 * MINUTE)
    assert offered(incident) == 1
