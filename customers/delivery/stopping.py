"""Withdraw what a stopped message had not sent yet: exact to the recipient, with a reason and an event each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from customers.delivery.many import Value, adapted
from customers.models import DeliveryState, Message, MessageState

WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
# An attempt ended without an answer, and the repeat that would have settled it is not made any more.
MAY_HAVE_ARRIVED = "An earlier attempt may have arrived; it is not repeated:"

_WAITING = "WHERE message_id = %s AND state IN (%s, %s) AND (unknowns > 0) = %s"
_WITHDRAW = f"UPDATE customers_delivery SET state = %s, state_reason = %s {_WAITING}"  # noqa: S608 - our own words
_EVENTS = """
INSERT INTO customers_deliveryevent (delivery_id, at, state, attempt, transport, code, text, is_repeat)
SELECT id, %s, %s, attempts, '', '', %s, %s FROM
"""


def withdraw(message: Message, *, now: datetime) -> int:
    """Suppress every waiting delivery of a stopped message, inside the caller's transaction; returns how many.

    What is in the sender's hands at this moment is not touched: it is sent or comes back, and is withdrawn then. What
    may have arrived already is not “not sent”: it ends unconfirmed.
    """
    reason = message.state_reason
    doubt = f"{MAY_HAVE_ARRIVED} {reason}"[:300]
    return _withdraw(message, DeliveryState.SUPPRESSED, reason, in_doubt=False, now=now) + _withdraw(
        message, DeliveryState.UNCONFIRMED, doubt, in_doubt=True, now=now
    )


def _withdraw(message: Message, state: DeliveryState, reason: str, *, in_doubt: bool, now: datetime) -> int:
    waiting: list[Value] = [message.pk, *WAITING, in_doubt]
    change: list[Value] = [state, reason, *waiting]
    event: list[Value] = [adapted(now), state, reason, False]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement: what a sender claims meanwhile gets neither the state nor the event.
            cursor.execute(f"WITH gone AS ({_WITHDRAW} RETURNING id, attempts) {_EVENTS} gone", [*change, *event])
        else:
            cursor.execute(f"{_EVENTS} customers_delivery {_WAITING}", [*event, *waiting])
            cursor.execute(_WITHDRAW, change)
        return int(cursor.rowcount)


def withdraw_from_stopped(message_ids: Collection[int], *, now: datetime) -> None:
    """Withdraw what came back to the queue of messages that were stopped meanwhile."""
    for message in Message.objects.filter(pk__in=message_ids, state=MessageState.STOPPED):
        withdraw(message, now=now)
