"""The console's pages of messages and deliveries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.models import User
from customers.models import Message
from tests.customers.delivery.conftest import Queue, one_pass
from tests.factories import contact, customer
from tests.mail_servers import OpenServer

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def message(queue: Queue, mail: OpenServer) -> Message:
    """Pat was reached, Kim chose to get nothing."""
    acme = customer("Acme")
    contact(acme, "Pat")
    contact(acme, "Kim", preference="none")
    message = queue()
    one_pass()
    return message


def test_deliveries_show_what_did_not_arrive_first(message: Message, dana: User, signed_in: SignIn) -> None:
    client = signed_in(dana)
    # Kim chose to get nothing: nothing is missing there.
    assert "Kim" not in client.get("/admin/customers/delivery/").content.decode()
    bounced = message.deliveries.filter(contact__name="Kim")
    bounced.update(state="bounced", state_reason="The address does not exist.")
    page = client.get("/admin/customers/delivery/").content.decode()
    assert "Kim" in page
    assert "The address does not exist." in page
    assert "Pat" not in page
    everything = client.get(f"/admin/customers/delivery/?outcome=all&message={message.pk}").content.decode()
    assert "Kim" in everything
    assert "Pat" in everything
    assert "Kim" not in client.get("/admin/customers/delivery/?outcome=sent").content.decode()


def test_a_search_that_finds_nothing_looks_once(message: Message, dana: User, signed_in: SignIn) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = signed_in(dana).get("/admin/customers/delivery/?q=nobody").content.decode()
    assert "Nothing found" in page
    assert len([query for query in queries if 'FROM "customers_delivery"' in query["sql"]]) == 1


def test_a_message_shows_how_far_it_is(message: Message, dana: User, signed_in: SignIn) -> None:
    client = signed_in(dana)
    assert "INC-42" in client.get("/admin/customers/message/").content.decode()
    page = client.get(f"/admin/customers/message/{message.pk}/change/").content.decode()
    assert "1 Sent, 1 suppressed (not sent)" in page
    assert "Dana Reyes" in page


def test_a_delivery_shows_its_events(message: Message, dana: User, signed_in: SignIn) -> None:
    sent = message.deliveries.get(state="sent")
    page = signed_in(dana).get(f"/admin/customers/delivery/{sent.pk}/change/").content.decode()
    assert "250 2.0.0" in page
    assert sent.mail_id.strip("<>") in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize("kind", ["message", "delivery", "suppression", "sendingtrouble"])
def test_nobody_changes_deliveries_by_hand(
    kind: str, message: Message, dana: User, otto: User, signed_in: SignIn
) -> None:
    assert signed_in(dana).get(f"/admin/customers/{kind}/").status_code == 200
    assert signed_in(dana).get(f"/admin/customers/{kind}/add/").status_code == 403
    assert "/login/" in signed_in(otto).get(f"/admin/customers/{kind}/").headers["Location"]


def test_more_deliveries_take_no_more_queries(
    message: Message, queue: Queue, dana: User, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(dana)
    for number in range(30):
        contact(customer(f"Customer {number}"), f"Lee{number}")
    queue(thread="INC-43")
    for address in ("/admin/customers/delivery/?outcome=all", "/admin/customers/message/"):
        with django_assert_max_num_queries(15):
            assert client.get(address).status_code == 200
