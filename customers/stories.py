"""What other parts know of a customer: each registers a teller, and the customer's page shows what they tell.

So incidents appear on the page of a customer without this part knowing incidents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from crisisdesk.core.actors import Actor
from customers.models import Customer

Teller = Callable[[Customer, datetime, Actor | None], Mapping[str, Any]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Have the customer's page show what `teller` returns, under its keys. Called once, when an app is ready."""
    if teller not in _tellers:
        _tellers.append(teller)


def told_of(customer: Customer, now: datetime, by: Actor) -> dict[str, Any]:
    """What the tellers know and `by` may know, in one context."""
    context: dict[str, Any] = {}
    for teller in _tellers:
        context |= teller(customer, now, by)
    return context
