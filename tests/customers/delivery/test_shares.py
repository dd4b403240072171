"""What a domain may hold of a sender's connections: connections are counted, and only the prompt get more than half."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from customers.delivery.shares import Seat, Shares

ACME, GLOBEX, SLOW = "acme.example", "globex.example", "slow.example"


@pytest.fixture
def shares(settings: Settings) -> Shares:
    """Of four connections."""
    settings.DOMAIN_LIMITS = []
    return Shares(4)


def seats(shares: Shares, count: int = 4) -> list[Seat]:
    return [shares.sit_down() for _ in range(count)]


def test_half_of_the_connections_are_everybodys_and_mails_behind_one_another_count_once(shares: Shares) -> None:
    first, second, third, _ = seats(shares)
    for seat in (first, first, second, second):
        assert shares.has_room(ACME, seat, 0.0)
        shares.take(ACME, seat, 0.0)
    assert not shares.has_room(ACME, third, 0.0)
    assert shares.has_room(GLOBEX, third, 0.0)
    assert shares.has_room(ACME, first, 0.0)


def test_a_domain_nobody_knows_gets_the_other_half_after_its_first_answer(shares: Shares) -> None:
    first, second, third, _ = seats(shares)
    shares.take(ACME, first, 0.0)
    shares.take(ACME, second, 0.0)
    assert not shares.has_room(ACME, third, 0.0, nobody_else=True)
    shares.give(ACME, first, 0.1, taken=True, lost=False)
    shares.take(ACME, first, 0.1)
    assert shares.has_room(ACME, third, 0.2, nobody_else=True)
    assert not shares.has_room(ACME, third, 0.2)


def test_a_slow_domain_keeps_to_its_half_and_nobody_waits_behind_it(shares: Shares) -> None:
    first, second, third, _ = seats(shares)
    for domain, answered_at in ((GLOBEX, 0.1), (SLOW, 2.1)):
        shares.take(domain, first, answered_at - 0.1 if domain == GLOBEX else 0.1)
        shares.give(domain, first, answered_at, taken=True, lost=False)
    assert shares.is_slow(SLOW, 2.1)
    shares.take(SLOW, first, 2.1)
    shares.take(SLOW, second, 2.1)
    assert not shares.has_room(SLOW, third, 2.2, nobody_else=True)
    assert not shares.has_room(GLOBEX, first, 2.2)
    assert shares.waits_long(2.2)
    waits = [shares.put_off(SLOW, 2.2) for _ in range(10)]
    assert waits[0] == 2.0
    assert waits == sorted(waits)


def test_where_all_answer_late_nobody_is_slow(shares: Shares) -> None:
    first, *_ = seats(shares)
    for number, domain in enumerate((ACME, GLOBEX, SLOW)):
        shares.take(domain, first, number * 2.0)
        shares.give(domain, first, number * 2.0 + 1.5, taken=True, lost=False)
    assert not any(shares.is_slow(domain, 9.0) for domain in (ACME, GLOBEX, SLOW))


def test_a_domain_that_never_answers_is_slow_while_it_is_waited_for(shares: Shares) -> None:
    first, *_ = seats(shares)
    shares.take(SLOW, first, 0.0)
    assert not shares.is_slow(SLOW, 0.9)
    assert shares.is_slow(SLOW, 1.0)
    shares.give(SLOW, first, 1.1)
    shares.leave(first)
    assert not shares.is_slow(SLOW, 1.2)


def test_a_domain_that_ends_ten_connections_is_left_alone_for_a_while_and_the_others_are_not(shares: Shares) -> None:
    first, *_ = seats(shares)
    for number in range(10):
        assert shares.has_room(SLOW, first, number * 0.1)
        shares.take(SLOW, first, number * 0.1)
        shares.give(SLOW, first, number * 0.1, lost=True)
    assert not shares.has_room(SLOW, first, 1.0)
    assert shares.put_off(SLOW, 1.0) == pytest.approx(4.9)
    assert shares.has_room(ACME, first, 1.0)
    assert shares.has_room(SLOW, first, 6.0)
    shares.take(SLOW, first, 6.0)
    shares.give(SLOW, first, 6.1, taken=True, lost=False)
    shares.take(SLOW, first, 6.2)
    shares.give(SLOW, first, 6.2, lost=True)
    assert shares.has_room(SLOW, first, 6.3)


def test_the_limit_of_a_domain_counts_connections(settings: Settings) -> None:
    settings.DOMAIN_LIMITS = ["slow.example=/1"]
    shares = Shares(4)
    first, second, *_ = seats(shares)
    shares.take(SLOW, first, 0.0)
    assert shares.has_room(SLOW, first, 0.0)
    assert not shares.has_room(SLOW, second, 0.0, nobody_else=True)
