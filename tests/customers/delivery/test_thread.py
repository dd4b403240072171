"""What a reader gets in one thread: nothing out of order, and a start for whom it is one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crisisdesk.core import clock
from customers.delivery.consent import SUPERSEDED
from customers.models import Delivery, DeliveryState
from tests.customers.delivery.conftest import Queue, everybody, one_pass
from tests.factories import contact, customer
from tests.mail_servers import OpenServer

pytestmark = pytest.mark.django_db


def states(name: str) -> list[tuple[str, str, str]]:
    """Kind, state and reason of what one contact was to get, oldest first."""
    rows = Delivery.objects.filter(contact__name=name).order_by("message_id")
    return list(rows.values_list("message__kind", "state", "state_reason"))


def test_an_update_never_arrives_after_the_final_message(queue: Queue, mail: OpenServer) -> None:
    for number in range(5):
        contact(customer("Acme"), f"Pat{number}")
    queue(kind="progress", priority=30)
    final = queue(kind="final", priority=20)

    one_pass()
    one_pass()

    sent = set(final.deliveries.values_list("mail_id", flat=True))
    assert {str(received.message["Message-ID"]) for received in mail.received} == sent
    assert states("Pat0") == [("progress", "suppressed", SUPERSEDED), ("final", "sent", "")]


def test_an_update_put_off_by_the_mail_server_is_replaced_by_the_next(queue: Queue, mail: OpenServer) -> None:
    contact(customer("Acme"), "Pat")
    first = queue(kind="progress")
    later = clock.now() + timedelta(minutes=5)
    first.deliveries.update(state=DeliveryState.DEFERRED, next_attempt_at=later)
    queue(kind="progress")
    one_pass()
    assert states("Pat")[0][1] == "deferred"

    one_pass(now=later)

    assert states("Pat") == [("progress", "suppressed", SUPERSEDED), ("progress", "sent", "")]
    assert len(mail.received) == 1


@pytest.mark.parametrize("kind", ["correction", "postmortem"])
def test_a_message_beside_the_updates_replaces_none(kind: str, queue: Queue, mail: OpenServer) -> None:
    contact(customer("Acme"), "Pat")
    queue(kind="progress")
    queue(kind=kind)

    one_pass()
    one_pass()

    assert [state for _, state, _ in states("Pat")] == ["sent", "sent"]


def test_the_first_alert_waits_on_for_whoever_wants_no_update(queue: Queue, mail: OpenServer) -> None:
    contact(customer("Acme"), "Brief", preference="start_and_end")
    queue(kind="initial", priority=90)
    queue(kind="progress", priority=10)

    one_pass()
    one_pass()

    assert [(kind, state) for kind, state, _ in states("Brief")] == [("initial", "sent"), ("progress", "suppressed")]


def test_a_relapse_is_a_start(queue: Queue, mail: OpenServer) -> None:
    contact(customer("Acme"), "Brief", preference="start_and_end")
    for kind in ("initial", "progress", "final", "progress", "progress", "final"):
        queue(kind=kind)
        one_pass()

    assert [state for _, state, _ in states("Brief")] == ["sent", "suppressed", "sent", "sent", "suppressed", "sent"]


def test_a_wider_scope_is_a_start_for_the_newly_affected(queue: Queue, mail: OpenServer) -> None:
    contact(customer("Acme"), "Old", preference="start_and_end")
    contact(customer("Globex"), "New", preference="start_and_end")
    queue(everybody().filter(name="Old"), kind="initial")
    one_pass()

    queue(kind="progress")
    one_pass()

    assert [state for _, state, _ in states("Old")] == ["sent", "suppressed"]
    assert [state for _, state, _ in states("New")] == ["sent"]
