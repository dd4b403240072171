"""Providers' reports are kept for a while, cannot be changed, and take nothing with them when they go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.transports import Fault
from customers.checks import check_retention
from customers.delivery.events import record_event
from customers.delivery.reports import Kind, Report, impersonal
from customers.delivery.retention import prune
from customers.models import Channel, Delivery, ProviderEvent
from tests.customers.delivery.conftest import Queue
from tests.factories import contact, customer

pytestmark = pytest.mark.django_db
YEAR_AND_MORE = timedelta(days=401)


@pytest.fixture
def delivery(queue: Queue) -> Delivery:
    """Pat at Acme's, taken by a provider."""
    contact(customer("Acme"), "Pat")
    row = queue().deliveries.get()
    row.state = "sent"
    row.save(update_fields=["state"])
    return row


def report(delivery: Delivery, kind: Kind, *, ago: timedelta = timedelta(0)) -> bool:
    moment = clock.now() - ago
    made = Report("Postmark", f"{kind}", kind, Channel.EMAIL, moment, delivery_id=delivery.pk, fault=Fault.NONE)
    return record_event(made, now=moment)


def test_old_reports_go_and_young_ones_stay(delivery: Delivery) -> None:
    report(delivery, Kind.DELIVERED, ago=YEAR_AND_MORE)
    report(delivery, Kind.COMPLAINED, ago=timedelta(days=399))

    assert prune(now=clock.now()) == 1
    assert prune(now=clock.now()) == 0

    assert [row.kind for row in ProviderEvent.objects.all()] == ["complained"]


def test_a_delivery_keeps_its_state_when_its_reports_have_gone(delivery: Delivery) -> None:
    report(delivery, Kind.COMPLAINED, ago=YEAR_AND_MORE)
    assert prune(now=clock.now()) == 1

    assert report(delivery, Kind.DELIVERED)

    delivery.refresh_from_db()
    assert delivery.state == "complained"
    assert delivery.events.filter(state="complained").exists()


@pytest.mark.parametrize("days", [0, 29])
def test_the_database_lets_no_young_report_go_and_none_be_changed(delivery: Delivery, days: int) -> None:
    report(delivery, Kind.DELIVERED, ago=timedelta(days=days))
    with pytest.raises(IntegrityError, match="insert-only"), transaction.atomic():
        ProviderEvent.objects.all().delete()
    with pytest.raises(IntegrityError, match="insert-only"), transaction.atomic():
        ProviderEvent.objects.update(kind="bounced")


def test_too_short_a_retention_is_told_and_not_followed(delivery: Delivery, settings: Settings) -> None:
    settings.PROVIDER_EVENT_DAYS = 3
    report(delivery, Kind.DELIVERED, ago=timedelta(days=10))

    assert [found.id for found in check_retention()] == ["customers.W004"]
    assert prune(now=clock.now()) == 0


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 5.1.1 <jo@acme.example>: User unknown", "550 5.1.1 <…>: User unknown"),
        ("smtp;550 5.1.1 jo.doe+x@acme.example does not exist", "smtp;550 5.1.1 … does not exist"),
        ("The number +14155550123 is not reachable", "The number … is not reachable"),
        ("250 2.0.0 OK", "250 2.0.0 OK"),
    ],
)
def test_what_was_said_is_kept_without_addresses(said: str, kept: str) -> None:
    assert impersonal(said) == kept
