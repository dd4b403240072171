"""Make due deliveries a run's own, and read them with their contacts: one statement on PostgreSQL, two on SQLite.

On PostgreSQL rows that another sender looks at are skipped; on SQLite the transaction is the only writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from customers.delivery.many import Value, adapted, among, listed
from customers.delivery.stopping import WAITING
from customers.models import Channel, Delivery, DeliveryState, Message


@dataclass(frozen=True, slots=True)
class Owner:
    """A run of the sender: its name in `claimed_by` and the number of its lease."""

    name: str
    fence: int


class Row(NamedTuple):
    """What is read of a claimed delivery and its contact. `attempts` counts the one to be made."""

    id: int
    content_id: int
    contact_id: int
    address: str
    mail_id: str
    attempts: int
    unknowns: int
    give_up_at: datetime
    name: str
    customer_name: str
    link_version: int
    contact_is_active: bool
    customer_is_active: bool
    wants_email: bool
    wants_sms: bool
    preference: str


_COLUMNS = (
    *("id", "content_id", "contact_id", "address", "mail_id", "attempts", "unknowns", "give_up_at"),
    *("contact__name", "contact__customer__name", "contact__link_version"),
    *("contact__is_active", "contact__customer__is_active", "contact__wants_email", "contact__wants_sms"),
    "contact__preference",
)
_CLAIM = """
UPDATE customers_delivery AS d
SET state = %s, state_reason = '', claimed_by = %s, claimed_fence = %s, claimed_at = %s, attempts = d.attempts + 1
"""
_DUE = """
WITH due AS MATERIALIZED (
  SELECT id FROM customers_delivery
  WHERE message_id = %s AND channel = %s AND state IN ('queued', 'deferred') AND next_attempt_at <= %s
  ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
"""
_OF_WHOM = """
FROM due, customers_contact c, customers_customer u
WHERE d.id = due.id AND c.id = d.contact_id AND u.id = c.customer_id
RETURNING d.id, d.content_id, d.contact_id, d.address, d.mail_id, d.attempts, d.unknowns,
  CAST(EXTRACT(epoch FROM d.give_up_at) AS double precision),
  c.name, u.name, c.link_version, c.is_active, u.is_active, c.wants_email, c.wants_sms, c.preference
"""


_GIVE_UP_AT = Row._fields.index("give_up_at")


def _row(columns: Sequence[Any]) -> Row:
    """Of what PostgreSQL returns: seconds since the epoch make a time at once, a time as text would be taken apart."""
    at = datetime.fromtimestamp(columns[_GIVE_UP_AT], UTC)
    return Row._make((*columns[:_GIVE_UP_AT], at, *columns[_GIVE_UP_AT + 1 :]))


def take(message: Message, owner: Owner, channel: Channel, *, now: datetime, limit: int) -> list[Row]:
    """Make up to `limit` due deliveries ours, whatever consent says, and read them."""
    ours: list[Value] = [DeliveryState.SENDING, owner.name, owner.fence, adapted(now)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What another sender looks at is skipped.
            cursor.execute(_DUE + _CLAIM + _OF_WHOM, [message.pk, channel, now, limit, *ours])
            return sorted(map(_row, cursor.fetchall()))
        due = Delivery.objects.filter(message=message, channel=channel, state__in=WAITING, next_attempt_at__lte=now)
        found = due.order_by("next_attempt_at", "id").values_list(*_COLUMNS)[:limit]
        rows = sorted(row._replace(attempts=row.attempts + 1) for row in map(Row._make, found))
        cursor.execute(_CLAIM + "WHERE " + among("id"), [*ours, listed(row.id for row in rows)])
        return rows
