"""The database itself keeps drills away from customers."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from customers.models import Delivery, DeliveryEvent, Message
from tests.customers.delivery.conftest import Queue
from tests.factories import contact, customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def drill(queue: Queue) -> Delivery:
    """A delivery of a drill."""
    contact(customer("Acme"), "Pat", email="pat@acme.example", phone="+14155550123")
    return queue(is_drill=True).deliveries.get()


@pytest.mark.parametrize("address", ["pat@acme.example", "PAT@Acme.Example", "+14155550123"])
def test_a_drill_cannot_be_given_the_address_of_a_contact(drill: Delivery, address: str) -> None:
    with pytest.raises(DatabaseError, match="address of a contact"), transaction.atomic():
        Delivery.objects.filter(pk=drill.pk).update(address=address)


def test_a_drill_cannot_be_queued_to_the_address_of_a_contact(drill: Delivery) -> None:
    drill.pk, drill.channel, drill.address = None, "sms", "pat@acme.example"
    with pytest.raises(DatabaseError, match="address of a contact"), transaction.atomic():
        drill.save(force_insert=True)


def test_a_delivery_cannot_leave_the_drill_it_belongs_to(drill: Delivery, queue: Queue) -> None:
    real = queue(thread="INC-43")
    with pytest.raises(DatabaseError, match="is_drill"), transaction.atomic():
        Delivery.objects.filter(pk=drill.pk).update(is_drill=False)
    with pytest.raises(DatabaseError, match="is_drill of a delivery"), transaction.atomic():
        Delivery.objects.filter(pk=drill.pk).update(message=real, channel="sms")
    with pytest.raises(DatabaseError, match="is_drill"), transaction.atomic():
        Message.objects.filter(pk=drill.message_id).update(is_drill=False)
    with pytest.raises(DatabaseError, match="is_drill"), transaction.atomic():
        Message.objects.filter(pk=real.pk).update(is_drill=True)


def test_a_delivery_cannot_be_queued_with_another_flag_than_its_message(drill: Delivery) -> None:
    drill.pk, drill.channel, drill.is_drill = None, "sms", False
    with pytest.raises(DatabaseError, match="is_drill of a delivery"), transaction.atomic():
        drill.save(force_insert=True)


def test_an_event_is_never_changed_or_removed(drill: Delivery) -> None:
    event = DeliveryEvent.objects.create(delivery=drill, at=drill.next_attempt_at, state="sent", attempt=1)
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        DeliveryEvent.objects.filter(pk=event.pk).update(state="failed")
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        event.delete()
