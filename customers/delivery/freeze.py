"""Freezing an audience in SQL: who is told, why, and what is written for each of them.

The recipients are read once, into a temporary table, so that classes of reader, deliveries and unreached contacts
come from the same rows whatever commits meanwhile. 100,000 rows take a second or two; no row passes through Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from customers.models import ByCustomer, Channel, Contact, DeliveryState, Message

# How long a reader's mail system may put us off before a delivery is given up.
GIVE_UP_AFTER = timedelta(hours=24)
NO_EMAIL = "no e-mail address"
NO_CONSENT = "does not want e-mail"

_DROP = ("DROP TABLE IF EXISTS queue_recipients", "DROP TABLE IF EXISTS queue_reasons")
_CREATE = """
CREATE TEMPORARY TABLE queue_recipients (
  contact_id bigint PRIMARY KEY, reason varchar(300), email varchar(320), wants_email boolean,
  phone varchar(16), wants_sms boolean, language varchar(10), time_zone varchar(64))
"""
# A contact named by two querysets is told once, with the reason of the first.
_FILL = """
INSERT INTO queue_recipients (contact_id, reason, email, wants_email, phone, wants_sms, language, time_zone)
SELECT c.id, MIN(r.reason), c.email, c.wants_email, c.phone, c.wants_sms, c.language, c.time_zone
FROM ({recipients}) r JOIN customers_contact c ON c.id = r.id
WHERE NOT EXISTS (SELECT 1 FROM queue_recipients q WHERE q.contact_id = c.id)
GROUP BY c.id, c.email, c.wants_email, c.phone, c.wants_sms, c.language, c.time_zone
"""
# The same where the reason is the customer's: it is found once for all of their contacts.
_CREATE_REASONS = "CREATE TEMPORARY TABLE queue_reasons (customer_id bigint PRIMARY KEY, reason varchar(300))"
_FILL_REASONS = "INSERT INTO queue_reasons (customer_id, reason) {reasons}"
_FILL_BY_CUSTOMER = """
INSERT INTO queue_recipients (contact_id, reason, email, wants_email, phone, wants_sms, language, time_zone)
SELECT c.id, w.reason, c.email, c.wants_email, c.phone, c.wants_sms, c.language, c.time_zone
FROM ({recipients}) r JOIN customers_contact c ON c.id = r.id JOIN queue_reasons w ON w.customer_id = c.customer_id
WHERE NOT EXISTS (SELECT 1 FROM queue_recipients q WHERE q.contact_id = c.id)
ORDER BY c.id
"""
# Who is reached on a channel.
_REACHED_BY = {
    Channel.EMAIL: "q.wants_email AND NOT (q.email = '')",
    Channel.SMS: "q.wants_sms AND NOT (q.phone = '')",
}
_ADDRESS = {Channel.EMAIL: "q.email", Channel.SMS: "q.phone"}
# The number of a drill is one telephone: it gets no text for each contact.
_ONE_IN_EACH_LANGUAGE = """
q.contact_id IN (SELECT MIN(q.contact_id) FROM queue_recipients q WHERE {reached} GROUP BY q.language)
"""
_CLASSES = "SELECT DISTINCT language, time_zone FROM queue_recipients q WHERE {reached} ORDER BY 1, 2"
_DELIVERIES = """
INSERT INTO customers_delivery (
  message_id, contact_id, channel, address, content_id, reason, state, state_reason, mail_id, provider_id,
  is_drill, attempts, unknowns, next_attempt_at, give_up_at, claimed_by)
SELECT %s, q.contact_id, %s, {address}, mc.id, q.reason, %s, '', %s || CAST(q.contact_id AS varchar(20)) || %s, '',
  %s, 0, 0, %s, %s, ''
FROM queue_recipients q
JOIN customers_messagecontent mc
  ON mc.message_id = %s AND mc.channel = %s AND mc.language = q.language AND mc.time_zone = q.time_zone
WHERE {reached}
ORDER BY q.contact_id
"""
_UNREACHED = """
INSERT INTO customers_unreached (message_id, contact_id, reason, why)
SELECT %s, contact_id, reason, CASE WHEN email = '' THEN %s ELSE %s END
FROM queue_recipients q WHERE (NOT wants_email OR email = '') AND NOT EXISTS (
  SELECT 1 FROM customers_delivery d WHERE d.message_id = %s AND d.contact_id = q.contact_id)
"""


class Frozen:
    """The frozen audience of one message, inside the caller's transaction; use as a context manager."""

    def __init__(self, recipients: Sequence[QuerySet[Contact]]) -> None:
        """Each queryset carries the annotation `reason`; raises FieldError when one does not."""
        self._recipients = recipients

    def __enter__(self) -> Frozen:
        with connection.cursor() as cursor:
            _drop(cursor)
            cursor.execute(_CREATE)
            for queryset in self._recipients:
                _fill(cursor, queryset)
            _analyse(cursor, "queue_recipients")
        return self

    def __exit__(self, *_: object) -> None:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                _drop(cursor)

    def classes(self, channel: Channel) -> list[tuple[str, str]]:
        """(language, time zone) of everybody who is reached on the channel."""
        with connection.cursor() as cursor:
            cursor.execute(_CLASSES.format(reached=_REACHED_BY[channel]))
            return [(language, time_zone) for language, time_zone in cursor.fetchall()]

    def insert_deliveries(
        self, message: Message, channel: Channel, *, mail_domain: str, drill_address: str, now: datetime
    ) -> int:
        """One delivery on the channel for each reader with a content of their class; returns how many.

        Of a drill the address given gets all e-mails, tagged with the contact's id, and one SMS in each language.
        Raises RuntimeError for a drill without an address of our own to go to.
        """
        address, address_params, reached = _ADDRESS[channel], [], _REACHED_BY[channel]
        if message.is_drill and not drill_address:
            raise RuntimeError("A drill needs an address of our own on each channel it goes by.")
        if message.is_drill and channel is Channel.SMS:
            address, address_params, reached = "%s", [drill_address], _ONE_IN_EACH_LANGUAGE.format(reached=reached)
        elif message.is_drill:
            local, _, domain = drill_address.rpartition("@")
            address = "%s || CAST(q.contact_id AS varchar(20)) || %s"
            address_params = [f"{local}+", f"@{domain}"]
        moment, give_up = _adapt(now), _adapt(now + GIVE_UP_AFTER)
        params = [message.pk, channel, *address_params, DeliveryState.QUEUED]
        apart = "" if channel is Channel.EMAIL else f"{channel}."
        params += [f"<{message.uuid.hex}.{apart}", f"@{mail_domain}>", message.is_drill, moment, give_up]
        params += [message.pk, channel]
        sql = _DELIVERIES.format(address=address, reached=reached)
        with connection.cursor() as cursor:
            return _changed(cursor, sql, params)

    def insert_unreached(self, message: Message) -> int:
        """A row for each contact without a delivery, which have all been inserted; returns how many."""
        with connection.cursor() as cursor:
            return _changed(cursor, _UNREACHED, [message.pk, NO_EMAIL, NO_CONSENT, message.pk])


def _fill(cursor: CursorWrapper, recipients: QuerySet[Contact]) -> None:
    by_customer: ByCustomer | None = getattr(recipients, "by_customer", None)
    if by_customer is not None:
        _fill_by_customer(cursor, recipients, by_customer.reasons)
        if not by_customer.others:
            return
        recipients = recipients.filter(pk__in=by_customer.others)
    if found := _sql(recipients, "id", "reason"):
        cursor.execute(_FILL.format(recipients=found[0]), found[1])


def _fill_by_customer(cursor: CursorWrapper, recipients: QuerySet[Contact], reasons: QuerySet[Any]) -> None:
    words, found = _sql(reasons, "customer_id", "reason"), _sql(recipients, "id")
    if words is None or found is None:
        return
    cursor.execute("DROP TABLE IF EXISTS queue_reasons")
    cursor.execute(_CREATE_REASONS)
    cursor.execute(_FILL_REASONS.format(reasons=words[0]), words[1])
    _analyse(cursor, "queue_reasons")
    cursor.execute(_FILL_BY_CUSTOMER.format(recipients=found[0]), found[1])


def _drop(cursor: CursorWrapper) -> None:
    for statement in _DROP:
        cursor.execute(statement)


def _analyse(cursor: CursorWrapper, table: str) -> None:
    """PostgreSQL knows nothing of a new table, and would plan for a handful of rows."""
    if connection.vendor == "postgresql":
        cursor.execute(f"ANALYZE {table}")


def _changed(cursor: CursorWrapper, sql: str, params: Sequence[Any]) -> int:
    cursor.execute(sql, params)
    return int(cursor.rowcount)


def _sql(queryset: QuerySet[Any, Any], *columns: str) -> tuple[str, tuple[Any, ...]] | None:
    """SQL of these columns, of which some may be annotations; None for a queryset that can hold nothing."""
    rows: QuerySet[Any, Any] = queryset.order_by().values_list(*columns)
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, tuple(params)


def _adapt(moment: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(moment)
