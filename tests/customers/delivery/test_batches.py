"""A message to many readers by a provider that takes mails in lists."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from customers.models import Delivery
from tests.customers.delivery.conftest import Queue, one_pass, states
from tests.factories import contact, customer
from tests.providers import DROP, Provider, postmark

pytestmark = pytest.mark.django_db
READERS = 90


@pytest.fixture
def provider(desk: Settings) -> Iterator[Provider]:
    """Postmark, over one connection."""
    acme = customer("Acme")
    for number in range(READERS):
        contact(acme, f"Pat{number:02}")
    with Provider(postmark) as server:
        desk.ANYMAIL = {"POSTMARK_API_URL": f"{server.url}/", "POSTMARK_SERVER_TOKEN": "postmark-token"}
        desk.CUSTOMER_MAIL_URL = "anymail+postmark://?connections=1&batch=10"
        yield server


def until_settled() -> None:
    while one_pass():
        pass


def test_everybody_gets_one_mail_of_their_own_in_few_requests(queue: Queue, provider: Provider) -> None:
    message = queue()
    until_settled()
    assert set(states(message).values()) == {"sent"}
    mails = [*provider.mails, *(request.form for request in provider.taken if request.path == "/email")]
    assert len(mails) == len({mail["To"] for mail in mails}) == READERS
    # The first mail opens the connection; what waits by then goes in lists.
    assert provider.requests <= READERS / 4
    by_metadata = {int(mail["Metadata"]["delivery"]): mail for mail in mails}
    for row in Delivery.objects.filter(message=message):
        assert row.address in by_metadata[row.pk]["To"]
        assert {"Name": "Message-ID", "Value": row.mail_id} in by_metadata[row.pk]["Headers"]
    assert Delivery.objects.values("provider_id").distinct().count() == READERS


def test_a_lost_answer_leaves_no_more_than_one_list_unknown(queue: Queue, provider: Provider, desk: Settings) -> None:
    # Ten lost answers in a row would make the sender wait a moment.
    desk.CUSTOMER_MAIL_URL = "anymail+postmark://?connections=1&batch=5"
    provider.rule = lambda number: DROP if number == 3 else None
    message = queue()
    until_settled()
    counted = list(states(message).values())
    assert 1 <= counted.count("unconfirmed") <= 5
    assert counted.count("sent") == READERS - counted.count("unconfirmed")
    assert len(provider.mails) + 1 <= READERS
