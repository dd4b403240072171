"""While the clock has jumped nothing is given up for its age, and no report goes for its age."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.models import ClockHold
from customers.delivery.reports import Kind
from customers.delivery.retention import prune
from customers.models import Delivery, ProviderEvent
from tests.customers.delivery.conftest import Queue, one_pass, states
from tests.customers.delivery.test_retention import YEAR_AND_MORE, report
from tests.customers.delivery.test_retention import delivery as delivery
from tests.factories import contact, customer
from tests.mail_servers import OpenServer, ScriptedServer, free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def hold() -> ClockHold:
    """The clock jumped a day forward."""
    now = clock.now()
    return ClockHold.objects.create(expected_at=now - timedelta(days=1), noticed_at=now, jumped_seconds=86_400)


@pytest.mark.parametrize(("is_held", "state"), [(True, "deferred"), (False, "failed")])
def test_a_mail_that_is_not_taken_is_given_up_only_by_a_clock_that_is_trusted(
    is_held: bool, state: str, queue: Queue, desk: Settings, hold: ClockHold
) -> None:
    if not is_held:
        ClockHold.objects.update(ended_at=clock.now())
    contact(customer("Acme"), "Pat")
    message = queue()
    Delivery.objects.update(give_up_at=clock.now() - timedelta(hours=1))
    with ScriptedServer(lambda event, argument: "450 4.2.1 later" if event == "RCPT" else None) as server:
        desk.CUSTOMER_MAIL_URL = server.url
        one_pass()
    assert message.deliveries.get().state == state


def test_reports_are_kept_until_the_clock_is_trusted_again(delivery: Delivery, hold: ClockHold) -> None:
    report(delivery, Kind.DELIVERED, ago=YEAR_AND_MORE)
    assert prune(now=clock.now()) == 0
    assert ProviderEvent.objects.count() == 1
    hold.ended_at = clock.now()
    hold.save(update_fields=["ended_at"])
    assert prune(now=clock.now()) == 1


def test_what_was_put_off_or_queued_while_the_clock_was_ahead_does_not_wait_for_it(
    queue: Queue, mail: OpenServer, now: datetime
) -> None:
    acme = customer("Acme")
    contact(acme, "Pat")
    contact(acme, "Kim")
    before, ahead = queue(), now + timedelta(days=1)
    before.deliveries.filter(contact__name="Pat").update(state="deferred", next_attempt_at=ahead)
    during = queue(thread="INC-43", at=ahead)
    one_pass(now=now)
    # The first pass has seen what is wrong.
    one_pass(now=now + timedelta(seconds=10))
    assert (states(before), states(during)) == ({"Kim": "sent", "Pat": "sent"},) * 2
    assert len(mail.received) == 4


def test_what_is_put_off_in_order_waits_for_its_time(queue: Queue, mail: OpenServer, now: datetime) -> None:
    contact(customer("Acme"), "Pat")
    message = queue()
    message.deliveries.update(state="deferred", next_attempt_at=now + timedelta(minutes=25))
    one_pass(now=now)
    assert states(message) == {"Pat": "deferred"}


def test_nothing_is_too_old_for_a_way_out_that_is_down_while_the_clock_is_not_trusted(
    queue: Queue, desk: Settings, hold: ClockHold
) -> None:
    contact(customer("Acme"), "Pat")
    message = queue()
    Delivery.objects.update(give_up_at=clock.now() - timedelta(hours=1))
    desk.CUSTOMER_MAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    one_pass()
    assert states(message) == {"Pat": "deferred"}
