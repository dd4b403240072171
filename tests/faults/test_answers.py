"""F3: whatever a mail server answers, and wherever it hangs up: the right class, the right backoff, nobody stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.audit import chain
from crisisdesk.core.models import User
from crisisdesk.core.transports import opening
from customers.delivery.control import resume
from customers.delivery.send import end_run
from customers.models import Delivery, DeliveryEvent, Message, MessageState, SendingTrouble, Suppression
from incidents.models import Notification
from tests.customers.delivery.conftest import Queue, one_pass
from tests.faults import world
from tests.faults.checks import check
from tests.faults.mail_ledger import MailServer
from tests.faults.rules import FAULTS, Rules
from tests.incidents.test_troubles import look

pytestmark = [pytest.mark.django_db, pytest.mark.full, pytest.mark.both]
SOON, LATER = (4, 6), (22, 38)
BY_SEED = tuple(name for name, fault in FAULTS.items() if fault.event in ("CONNECT", "EHLO", "MAIL"))


@pytest.fixture
def server(desk: Settings, tmp_path: Path) -> Iterator[MailServer]:
    """The server that misbehaves; the desk waits a second for its answers."""
    opening._route.cache_clear()
    with MailServer(tmp_path) as made:
        desk.CUSTOMER_MAIL_URL = f"{made.url}?connections=4&timeout=1&data_timeout=3"
        yield made


def settle(message: Message, passes: int = 15) -> None:
    """Pass after pass, a minute apart, until nothing waits; while a fuse is open, in our own time."""
    at = clock.now()
    for _ in range(passes):
        message.refresh_from_db()
        if message.state == MessageState.FINISHED:
            break
        if not one_pass(now=at):
            time.sleep(0.3)
        at += timedelta(minutes=1)
    chain.seal_pending(at)


@pytest.mark.parametrize(
    ("fault", "first", "seconds", "last", "attempts"),
    [
        ("c421", "deferred", LATER, "sent", 2),
        ("c450", "deferred", LATER, "sent", 2),
        ("c451", "deferred", LATER, "sent", 2),
        ("c452", "deferred", LATER, "sent", 2),
        ("grey", "deferred", LATER, "sent", 2),
        ("policy", "deferred", LATER, "rejected", 3),
        ("c550", "bounced", None, "bounced", 1),
        ("c552", "rejected", None, "rejected", 1),
        ("c554", "rejected", None, "rejected", 1),
        ("full", "rejected", None, "rejected", 1),
        ("mute", "deferred", LATER, "sent", 2),
        ("mute-answer", "deferred", SOON, "sent", 2),
        ("reset-rcpt", "deferred", LATER, "sent", 2),
        ("reset-data", "deferred", LATER, "sent", 2),
        ("reset-inside", "deferred", SOON, "sent", 2),
        ("reset-lost", "deferred", SOON, "sent", 2),
        ("reset-taken", "deferred", SOON, "sent", 2),
        ("tarpit", "sent", None, "sent", 1),
    ],
)
def test_one_bad_recipient_stops_nobody_and_is_tried_again_when_it_makes_sense(
    fault: str,
    first: str,
    seconds: tuple[int, int] | None,
    last: str,
    attempts: int,
    server: MailServer,
    queue: Queue,
) -> None:
    world.add_readers(6)
    (bad,) = world.add_readers(1, fault=fault)
    world.add_readers(6)
    message = queue()
    one_pass()
    delivery = message.deliveries.get(contact=bad)
    assert set(message.deliveries.exclude(pk=delivery.pk).values_list("state", flat=True)) == {"sent"}
    # A kept-open connection that the server resets is replaced once before the mail is put off.
    if delivery.attempts == 1 and delivery.state != "sent":
        assert delivery.state == first
    if seconds is not None and delivery.state == "deferred":
        event = delivery.events.get()
        assert seconds[0] <= (delivery.next_attempt_at - event.at).total_seconds() <= seconds[1]
    if fault == "grey":
        time.sleep(FAULTS["grey"].seconds)
    settle(message)
    delivery.refresh_from_db()
    assert delivery.state == last
    assert delivery.attempts <= attempts
    assert Suppression.objects.count() == (fault == "c550")
    found = check(
        server.ledger.rows(), audiences=[(message.pk, message.deliveries.values_list("contact_id", flat=True))]
    )
    assert found.violations == []
    assert found.repeats == (fault == "reset-taken")


def test_a_server_that_resets_at_every_step_now_and_then_loses_and_doubles_nobody(
    server: MailServer, queue: Queue
) -> None:
    server.rule(Rules(seed=7, share=0.08, by_seed=BY_SEED))
    world.add_readers(150)
    message = queue()
    settle(message, passes=100)
    assert set(message.deliveries.values_list("state", flat=True)) == {"sent"}
    assert DeliveryEvent.objects.filter(state="deferred").exists(), "no fault struck"
    assert check(server.ledger.rows()).violations == []


def test_a_sign_in_lost_in_the_middle_pauses_and_somebody_is_told(
    server: MailServer, desk: Settings, queue: Queue, ivo: User, dana: User, by_dana: Actor
) -> None:
    desk.CUSTOMER_MAIL_URL = f"{server.url.replace('//', '//desk:secret@')}?connections=2&timeout=1"
    opening._route.cache_clear()
    server.rule(Rules(auth="open", delay=(0.03, 0.03)))
    world.add_readers(400)
    message = queue()
    one_pass()
    before = Delivery.objects.filter(state="sent").count()
    assert 0 < before < 400
    server.rule(Rules(auth="refused"))
    until = time.monotonic() + 30
    while message.state == MessageState.SENDING and time.monotonic() < until:
        one_pass()
        message.refresh_from_db()
    assert message.state == MessageState.PAUSED
    assert "does not accept our sign-in" in message.state_reason
    assert SendingTrouble.objects.get().fault == "authentication"
    look(clock.now())
    assert {note.subject for note in Notification.objects.all()} == {"[SENDING] a send to customers is paused"}
    Notification.objects.update(state="failed", error="There is no mail server for staff here.")
    server.rule(Rules(auth="open"))
    resume(message, by=by_dana, now=clock.now())
    end_run()
    settle(message)
    assert set(message.deliveries.values_list("state", flat=True)) == {"sent"}
    assert SendingTrouble.objects.get().closed_at is not None
    assert check(server.ledger.rows()).violations == []
