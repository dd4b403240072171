"""The call list: customers whom no message reached, and the calls made to them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.delivery.consent import CHOSE_START_AND_END, SUPERSEDED
from customers.models import (
    ACCEPTED_STATES,
    FAILURE_STATES,
    OPEN_STATES,
    TOLD_RESULTS,
    CallRecord,
    CallResult,
    Contact,
    Customer,
    Delivery,
    DeliveryState,
    Message,
    MessageState,
    Unreached,
    UnreachedCustomer,
)

# A subquery with a limit is asked row by row; PostgreSQL would turn "not exists" into a walk through every delivery.
_NOT_TOLD = """
WITH each_missed (customer_id, message_id) AS ({}),
missed AS (SELECT customer_id, MAX(message_id) AS newest FROM each_missed GROUP BY customer_id)
SELECT customer_id, newest FROM missed WHERE (
    SELECT delivery.id FROM customers_contact contact
    JOIN customers_delivery delivery ON delivery.contact_id = contact.id
    WHERE contact.customer_id = missed.customer_id AND delivery.message_id >= missed.newest
        AND delivery.state IN ({}) AND delivery.message_id IN ({}) LIMIT 1
) IS NULL AND (
    SELECT record.id FROM customers_callrecord record
    WHERE record.customer_id = missed.customer_id AND record.message_id >= missed.newest
        AND record.result IN ({}) AND record.message_id IN ({}) LIMIT 1
) IS NULL
"""
LONGEST_NOTE = 2_000
LONGEST_NAME = 200


def to_call(thread_key: str, *, without_kinds: Collection[str] = ()) -> dict[int, int]:
    """Customers whom nobody could reach: customer id -> id of the newest message that did not get through.

    Of each customer the newest message counts that was meant for one of its contacts: nobody's mail system took it,
    none is still on its way, and nobody told the customer by phone since it was sent. Somebody who chose start and end
    only is not called about what lies between.
    A customer without any contact is called about each message. Stopped messages and drills make no calls.
    """
    messages = Message.objects.filter(thread_key=thread_key, is_drill=False).exclude(state=MessageState.STOPPED)
    return not_told(list(messages.exclude(kind__in=without_kinds).values_list("pk", flat=True)))


def not_told(message_ids: Collection[int]) -> dict[int, int]:
    """As `to_call`, of the messages given: one query.

    Whoever was told after the newest message that they missed was told after all of them. So it is asked once for
    each customer who missed one, by index: the many deliveries that went well are not read.
    """
    if not message_ids:
        return {}
    missed = [
        _newest(_not_reached(message_ids), "contact__customer"),
        _newest(Unreached.objects.filter(message__in=message_ids), "contact__customer"),
        _newest(UnreachedCustomer.objects.filter(message__in=message_ids), "customer"),
    ]
    sql, params = missed[0].union(*missed[1:], all=True).query.sql_with_params()
    got, called = (*ACCEPTED_STATES, *OPEN_STATES), tuple(TOLD_RESULTS)
    among = [", ".join(["%s"] * len(values)) for values in (got, message_ids, called, message_ids)]
    with connection.cursor() as cursor:
        cursor.execute(
            _NOT_TOLD.format(sql, *among), [*params, *map(str, got), *message_ids, *map(str, called), *message_ids]
        )
        return dict(cursor.fetchall())


def why_not_reached(message_ids: Collection[int], customer_ids: Collection[int]) -> dict[int, dict[int, str]]:
    """Customer id -> contact id -> why the newest of the messages did not reach the contact."""
    found: dict[int, dict[int, str]] = {}
    failed = _not_reached(message_ids).filter(contact__customer__in=customer_ids).order_by("message_id")
    for customer_id, contact_id, state, reason in failed.values_list(
        "contact__customer_id", "contact_id", "state", "state_reason"
    ):
        found.setdefault(customer_id, {})[contact_id] = reason or str(DeliveryState(state).label)
    absent = Unreached.objects.filter(message__in=message_ids, contact__customer__in=customer_ids)
    for customer_id, contact_id, why in absent.values_list("contact__customer_id", "contact_id", "why"):
        found.setdefault(customer_id, {})[contact_id] = why
    return found


def record_call(
    message: Message,
    customer: Customer,
    *,
    result: str,
    contact: Contact | None = None,
    spoke_with: str = "",
    note: str = "",
    by: Actor,
    now: datetime,
) -> CallRecord:
    """Write down a call to a customer whom the message did not reach.

    Raises NotAllowed, WrongState for a drill, and InvalidInput when it is not said how the call ended or, for a call
    that somebody took, who that was.
    """
    require(by, Act.RECORD_CONTACT)
    if message.is_drill:
        raise WrongState("This is a drill: its messages are addressed to nobody, so there is nobody to call.")
    spoke_with, note = spoke_with.strip(), note.strip()
    if errors := _errors(customer, result, contact, spoke_with, note):
        raise InvalidInput(errors)
    with transaction.atomic():
        row = CallRecord.objects.create(
            message=message,
            customer=customer,
            contact=contact,
            spoke_with=spoke_with,
            result=result,
            note=note,
            at=now,
            made_by_id=by.person_id,
            made_by_name=by.name,
        )
        data = {"customer": customer.pk, "contact": contact.pk if contact else None, "result": result}
        audit.record("customer.called", by=by, now=now, on=row, incident=message.thread_key[:40], data=data)
    return row


def _errors(customer: Customer, result: str, contact: Contact | None, spoke_with: str, note: str) -> dict[str, str]:
    errors = {}
    if result not in CallResult.values:
        errors["result"] = "Say how the call ended: reached, left a message, or no answer."
    if contact is not None and contact.customer_id != customer.pk:
        errors["contact"] = f"This contact is not one of {customer}. Choose one that is."
    if result in TOLD_RESULTS and contact is None and not spoke_with:
        errors["contact"] = "Say who it was: choose a contact, or write the name of somebody else."
    if len(spoke_with) > LONGEST_NAME:
        errors["spoke_with"] = f"This name is too long; {LONGEST_NAME} characters are the most."
    if len(note) > LONGEST_NOTE:
        errors["note"] = f"The note has {len(note)} characters; {LONGEST_NOTE} is the most."
    return errors


def _not_reached(message_ids: Collection[int]) -> QuerySet[Delivery]:
    """Deliveries that failed, less those not wanted, those that a newer message replaced, and those taken after all."""
    failed = tuple(state for state in FAILURE_STATES if state not in ACCEPTED_STATES)
    unwanted = Q(state=DeliveryState.SUPPRESSED, state_reason__in=(CHOSE_START_AND_END, SUPERSEDED))
    return Delivery.objects.filter(message__in=message_ids, state__in=failed).exclude(unwanted)


def _newest(rows: QuerySet[Any], customer: str) -> QuerySet[Any, tuple[int, int]]:
    """(Customer id, newest message id) of the rows; `customer` is the way from a row to one who is still served."""
    served = rows.filter(**{f"{customer}__is_active": True}).order_by()
    grouped: QuerySet[Any, tuple[int, int]] = served.values_list(customer).annotate(newest=Max("message_id"))
    return grouped
