"""Prices of SMS by the beginning of the number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytest_django import Settings

from crisisdesk.core.transports.prices import beginning_of, cost, parse_prices
from customers.checks import check_sms

PRICES = parse_prices(["+1=0.0083", "+49 = 0.095", "+4915=0.1", "*=0.12"])


@pytest.mark.parametrize(
    ("number", "beginning"),
    [("+14155550123", "+1"), ("+4930123456", "+49"), ("+4915112345678", "+4915"), ("+33612345678", "*")],
)
def test_the_longest_beginning_counts(number: str, beginning: str) -> None:
    assert beginning_of(number, PRICES) == beginning


def test_what_has_no_price_is_said_and_not_guessed() -> None:
    prices = parse_prices(["+49=0.095"])
    assert beginning_of("+14155550123", prices) == ""
    assert cost({"+49": 4, "": 6}, prices) == (Decimal("0.380"), 6)


@pytest.mark.parametrize("entry", ["49=0.1", "+49", "+49=", "+49=free", "+49=-1", "+49=NaN", "+4x=1", "=1"])
def test_a_price_that_is_not_readable_is_named(entry: str, settings: Settings) -> None:
    with pytest.raises(ValueError, match="is no price"):
        parse_prices([entry])
    settings.SMS_PRICES = [entry]
    assert [found.id for found in check_sms()] == ["customers.E004"]


def test_the_telephone_of_drills_is_a_number(settings: Settings) -> None:
    settings.DRILL_PHONE = "030 123"
    assert [found.id for found in check_sms()] == ["customers.E005"]
