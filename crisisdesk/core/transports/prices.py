"""What SMS cost, as settings say: a price per segment for numbers that begin alike. Pure.

`+1=0.0083, +49=0.095, *=0.12`: the longest beginning counts, `*` is for every other number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

EVERY_OTHER = "*"
_BEGINNING = re.compile(r"\+[0-9]{1,14}")


def parse_prices(entries: Sequence[str]) -> dict[str, Decimal]:
    """Beginning of a number -> price of one segment. Raises ValueError naming the entry that is not readable."""
    prices = {}
    for entry in entries:
        beginning, equals, price = (part.strip() for part in entry.partition("="))
        try:
            amount = Decimal(price)
        except InvalidOperation:
            amount = Decimal(-1)
        is_one = beginning == EVERY_OTHER or _BEGINNING.fullmatch(beginning)
        if not (equals and is_one and amount.is_finite() and amount >= 0):
            raise ValueError(f"“{entry}” is no price: write the beginning of the numbers and a price, as in +49=0.095.")
        prices[beginning] = amount
    return prices


def beginning_of(number: str, prices: Mapping[str, Decimal]) -> str:
    """The beginning by which a number in E.164 is priced; "" when none fits."""
    fitting = [beginning for beginning in prices if beginning == EVERY_OTHER or number.startswith(beginning)]
    return max(fitting, key=lambda found: (found != EVERY_OTHER, len(found)), default="")


def cost(segments: Mapping[str, int], prices: Mapping[str, Decimal]) -> tuple[Decimal, int]:
    """(the price of so many segments for each beginning, how many segments have none)."""
    total = sum((prices[beginning] * count for beginning, count in segments.items() if beginning in prices), Decimal())
    return total, sum(count for beginning, count in segments.items() if beginning not in prices)
