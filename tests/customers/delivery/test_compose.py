"""Queueing a message: who is told, why, and what is written."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Value
from django_q.models import OrmQ
from pytest_django import Settings

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from customers.delivery.compose import queue_message
from customers.delivery.ledger import ever_told, progress, unreached
from customers.delivery.rendered import ReaderClass, Rendered
from customers.delivery.wake import sender_loops
from customers.models import Contact, DeliveryState, Message, MessageState
from tests.customers.delivery.conftest import Queue, everybody, render
from tests.factories import contact, customer

pytestmark = pytest.mark.django_db


def test_it_queues_one_delivery_for_each_contact_with_the_reason(queue: Queue, now: datetime) -> None:
    acme, globex = customer("Acme"), customer("Globex")
    pat, kim = contact(acme, "Pat"), contact(globex, "Kim")
    message = queue()
    assert message.total == 2
    assert message.state == MessageState.SENDING
    first, second = message.deliveries.order_by("contact_id")
    assert (first.contact, first.address, first.reason) == (pat, pat.email, "uses Payments API")
    assert (second.contact, second.address) == (kim, kim.email)
    assert first.mail_id == f"<{message.uuid.hex}.{pat.pk}@status.example.com>"
    assert first.next_attempt_at == now
    assert first.give_up_at == now + timedelta(hours=24)
    assert progress(message) == {"queued": 2}


def test_it_renders_once_for_each_class_of_reader_among_the_recipients(queue: Queue) -> None:
    acme = customer("Acme")
    for name, language, zone in [("Pat", "en", "UTC"), ("Kim", "de", "Europe/Berlin"), ("Jo", "de", "Europe/Berlin")]:
        contact(acme, name, language=language, time_zone=zone)
    contact(acme, "Nobody", language="fr", email="", phone="+14155550123")
    asked: list[ReaderClass] = []

    def words(reader: ReaderClass) -> Rendered:
        asked.append(reader)
        return render(reader)

    message = queue(words=words)
    assert sorted(asked) == [ReaderClass("de", "Europe/Berlin", "email"), ReaderClass("en", "UTC", "email")]
    kim = message.deliveries.select_related("content").get(contact__name="Kim")
    assert (kim.content.language, kim.content.subject) == ("de", "[Example] Payments are failing (de)")
    assert message.total == 3


def test_a_contact_in_two_audiences_is_told_once_for_the_first_reason(queue: Queue) -> None:
    contact(customer("Acme"), "Pat")
    contact(customer("Globex"), "Kim")
    message = queue([everybody().filter(name="Pat"), everybody("was told before")])
    assert dict(message.deliveries.values_list("contact__name", "reason")) == {
        "Pat": "uses Payments API",
        "Kim": "was told before",
    }


def test_contacts_without_a_channel_are_listed_with_the_reason(queue: Queue) -> None:
    acme = customer("Acme")
    contact(acme, "Pat")
    contact(acme, "Phone", email="", phone="+14155550123")
    contact(acme, "Silent", wants_email=False)
    message = queue()
    assert message.total == 1
    assert list(unreached(message).values_list(*("name", "why", "reason"))) == [
        ("Phone", "no e-mail address", "uses Payments API"),
        ("Silent", "does not want e-mail", "uses Payments API"),
    ]


def test_nobody_to_write_to_is_finished_at_once(queue: Queue) -> None:
    message = queue(Contact.objects.none().annotate(reason=Value("nobody")))
    message.refresh_from_db()
    assert (message.state, message.total) == (MessageState.FINISHED, 0)


def test_it_belongs_to_the_transaction_of_whoever_decides(queue: Queue, by_dana: Actor, now: datetime) -> None:
    contact(customer("Acme"), "Pat")
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_work_outside_a_transaction(by_dana: Actor, now: datetime) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        queue_message(
            thread_key="INC-1",
            kind="initial",
            priority=1,
            is_drill=False,
            recipients=everybody(),
            render=render,
            link_purpose="progress",
            by=by_dana,
            now=now,
        )


def test_two_messages_in_one_transaction_keep_their_audiences_apart(queue: Queue) -> None:
    contact(customer("Acme"), "Pat")
    contact(customer("Globex"), "Kim")
    with transaction.atomic():
        first = queue(everybody().filter(name="Pat"))
        second = queue(everybody().filter(name="Kim"), thread="INC-43")
    assert [row.contact.name for row in first.deliveries.all()] == ["Pat"]
    assert [row.contact.name for row in second.deliveries.all()] == ["Kim"]


def test_it_rings_for_the_sender(queue: Queue) -> None:
    contact(customer("Acme"), "Pat")
    queue()
    assert OrmQ.objects.filter(key="loops").count() == len(sender_loops())


def test_a_drill_goes_to_the_address_of_drills_with_the_contact_as_its_tag(queue: Queue) -> None:
    pat = contact(customer("Acme"), "Pat")
    message = queue(is_drill=True)
    delivery = message.deliveries.get()
    assert (delivery.address, delivery.is_drill) == (f"drill+{pat.pk}@status.example.com", True)


def test_a_drill_without_an_address_of_its_own_is_refused(queue: Queue, desk: Settings) -> None:
    desk.DRILL_ADDRESS = ""
    with pytest.raises(InvalidInput, match="DRILL_ADDRESS"):
        queue(is_drill=True)


def test_it_knows_whom_it_ever_told_and_why(queue: Queue) -> None:
    acme = customer("Acme")
    pat, kim = contact(acme, "Pat"), contact(acme, "Kim")
    contact(acme, "Late")
    first = queue(everybody().filter(name__in=["Pat", "Kim"]))
    queue(everybody("uses Checkout, which depends on Payments API").filter(name="Pat"), kind="progress")
    queue(thread="INC-43")
    first.deliveries.filter(contact=kim).update(state=DeliveryState.SUPPRESSED)
    told = ever_told("INC-42")
    assert list(told.values_list(*("pk", "reason"))) == [(pat.pk, "uses Checkout, which depends on Payments API")]
    again = queue(told, kind="final")
    assert [row.contact for row in again.deliveries.all()] == [pat]
    # One message of several withheld: the others told them all the same.
    again.deliveries.update(state=DeliveryState.SUPPRESSED)
    assert list(told) == [pat]
