"""End what waits of a message: exact to the recipient, with a reason and an event each.

A stopped message withdraws what it had not sent yet; what is past its age is given up while the way out is down.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from customers.delivery.many import Value, adapted
from customers.models import DeliveryState, Message, MessageState

WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
# An attempt ended without an answer, and the repeat that would have settled it is not made any more.
MAY_HAVE_ARRIVED = "An earlier attempt may have arrived; it is not repeated:"
TOO_OLD = "Given up, as it has waited for too long:"

_WAITING = "WHERE message_id = %s AND state IN (%s, %s) AND (unknowns > 0) = %s"
_CHANGE = f"UPDATE customers_delivery SET state = %s, state_reason = %s {_WAITING}"  # noqa: S608 - our own words
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
    every = _Waiting(message.pk)
    doubt = f"{MAY_HAVE_ARRIVED} {reason}"[:300]
    return _end(every, DeliveryState.SUPPRESSED, reason, in_doubt=False, now=now) + _end(
        every, DeliveryState.UNCONFIRMED, doubt, in_doubt=True, now=now
    )


def give_up_overdue(message_id: int, channel: str, why: str, *, now: datetime) -> int:
    """Give up every waiting delivery of a message on a channel that is past its age; returns how many.

    For a way out that does not work: nothing is attempted there, so no attempt would ever end them, and what is days
    old would leave with the first mail that goes again.
    """
    overdue = _Waiting(message_id, " AND channel = %s AND give_up_at <= %s", (channel, adapted(now)))
    failed, doubt = f"{TOO_OLD} {why}"[:300], f"{MAY_HAVE_ARRIVED} {why}"[:300]
    with transaction.atomic():
        return _end(overdue, DeliveryState.FAILED, failed, in_doubt=False, now=now) + _end(
            overdue, DeliveryState.UNCONFIRMED, doubt, in_doubt=True, now=now
        )


class _Waiting(NamedTuple):
    """Which of the waiting deliveries of a message; `more` is a further condition in SQL, with its values."""

    message_id: int
    more: str = ""
    values: tuple[Value, ...] = ()


def _end(of: _Waiting, state: DeliveryState, reason: str, *, in_doubt: bool, now: datetime) -> int:
    waiting: list[Value] = [of.message_id, *WAITING, in_doubt, *of.values]
    change: list[Value] = [state, reason, *waiting]
    event: list[Value] = [adapted(now), state, reason, False]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement: what a sender claims meanwhile gets neither the state nor the event.
            ended = f"{_CHANGE}{of.more} RETURNING id, attempts"
            cursor.execute(f"WITH gone AS ({ended}) {_EVENTS} gone", [*change, *event])
        else:
            cursor.execute(f"{_EVENTS} customers_delivery {_WAITING}{of.more}", [*event, *waiting])
            cursor.execute(_CHANGE + of.more, change)
        return int(cursor.rowcount)


def withdraw_from_stopped(message_ids: Collection[int], *, now: datetime) -> None:
    """Withdraw what came back to the queue of messages that were stopped meanwhile."""
    for message in Message.objects.filter(pk__in=message_ids, state=MessageState.STOPPED):
        withdraw(message, now=now)
