"""Limits of providers: so many a second by a way out, so many a minute to a domain, shared by all senders."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from time import sleep

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from customers.delivery.claim import Owner, Pace, claim
from customers.delivery.limits import DomainLimit, parse_limits, share_of
from customers.models import Message, SendingQuota
from tests.customers.delivery.conftest import Queue, one_pass, states
from tests.factories import contact, customer
from tests.mail_servers import OpenServer, ScriptedServer

pytestmark = pytest.mark.django_db
ONE, TWO = Owner("one", 1), Owner("two", 1)


def readers(count: int, domain: str) -> None:
    made = customer(domain)
    for number in range(count):
        contact(made, f"Pat {number} at {domain}", email=f"pat{number}@{domain}")


def claimed(message: Message, owner: Owner, now: datetime, pace: Pace | None = None) -> Counter[str]:
    """How many it gets, by domain."""
    found, _ = claim(message, owner=owner, now=now, limit=100, pace=pace)
    return Counter(one.address.rpartition("@")[2] for one in found)


def test_all_senders_together_hand_over_no_more_a_second_than_the_way_out_takes(queue: Queue, now: datetime) -> None:
    readers(12, "acme.example")
    message, pace = queue(), Pace("mx:25", per_second=5)
    assert claimed(message, ONE, now, pace).total() == 5
    assert claimed(message, TWO, now + timedelta(seconds=0.9), pace).total() == 0
    assert claimed(message, TWO, now + timedelta(seconds=1), pace).total() == 5
    assert claimed(message, ONE, now + timedelta(seconds=2.5), pace).total() == 2


def test_a_domain_gets_no_more_a_minute_than_it_takes_and_the_others_do_not_wait(
    queue: Queue, desk: Settings, now: datetime
) -> None:
    desk.DOMAIN_LIMITS = ["slow.example=2"]
    readers(5, "slow.example")
    readers(4, "acme.example")
    message = queue()
    assert claimed(message, ONE, now) == {"slow.example": 2, "acme.example": 4}
    assert claimed(message, TWO, now + timedelta(seconds=59)) == {}
    assert claimed(message, TWO, now + timedelta(seconds=60)) == {"slow.example": 2}
    assert claimed(message, ONE, now + timedelta(seconds=120)) == {"slow.example": 1}
    assert set(message.deliveries.values_list("attempts", flat=True)) == {1}


def test_a_domain_that_takes_one_at_a_time_gets_one_at_a_time_while_others_go_on(queue: Queue, desk: Settings) -> None:
    desk.DOMAIN_LIMITS = ["SLOW.example=/1"]
    readers(4, "slow.example")
    readers(6, "acme.example")
    message = queue()
    under_way: list[str] = []
    most = Counter[str]()

    def rule(event: str, argument: str) -> str | None:
        if event == "CONTENT":
            domain = argument.rpartition("@")[2]
            under_way.append(domain)
            most[domain] = max(most[domain], under_way.count(domain))
            sleep(0.05)
            under_way.remove(domain)
        return None

    with ScriptedServer(rule) as server:
        desk.CUSTOMER_MAIL_URL = f"{server.url}?connections=4"
        one_pass()
    assert set(states(message).values()) == {"sent"}
    assert most["slow.example"] == 1


def test_the_rate_of_a_mail_url_is_kept(queue: Queue, mail: OpenServer, desk: Settings) -> None:
    desk.CUSTOMER_MAIL_URL = f"{mail.url}?per_second=3"
    readers(5, "acme.example")
    message = queue()
    one_pass()
    one_pass()
    assert Counter(states(message).values())["queued"] <= 2
    assert 3 <= len(mail.received) <= 5


def test_limits_are_written_as_domain_minute_and_at_once() -> None:
    found = parse_limits(("gmail.example=600/4", "*=60", "slow.example=/1"))
    assert found == {
        "gmail.example": DomainLimit(600, 4),
        "*": DomainLimit(60, 0),
        "slow.example": DomainLimit(0, 1),
    }
    with pytest.raises(ImproperlyConfigured, match="Write domain=per minute"):
        parse_limits(("gmail.example 600",))


def test_shares_add_up_to_the_whole() -> None:
    assert [share_of(10, number, 4) for number in range(4)] == [3, 3, 2, 2]
    assert [share_of(1, number, 2) for number in range(2)] == [1, 0]


def test_a_window_that_began_while_the_clock_was_ahead_holds_nobody_up(queue: Queue, now: datetime) -> None:
    contact(customer("Acme"), "Pat")
    message = queue()
    SendingQuota.objects.create(key="way x", since=now + timedelta(hours=1), used=5)
    claimed, _ = claim(message, owner=ONE, now=now, limit=6, pace=Pace("x", 5))
    assert len(claimed) == 1
