"""Customers of an incident whom nobody could reach, and the calls made to them, in the incident's record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from customers import calls
from customers.models import CallRecord, CallResult, Contact, Customer, Message, MessageState
from incidents.models import Incident, Update, UpdateKind
from incidents.timeline import Kind, entry

# A post-mortem that bounced wakes nobody.
WITHOUT_KINDS = (UpdateKind.POSTMORTEM,)
_WORDS = {
    CallResult.REACHED: "{customer} was told by phone",
    CallResult.MESSAGE_LEFT: "A message was left by phone for {customer}",
    CallResult.NO_ANSWER: "{customer} was called, nobody answered",
}


def to_call(incident: Incident, updates: Iterable[Update] | None = None) -> dict[int, int]:
    """Customer id -> id of the newest message that did not get through; nobody in a drill.

    `updates`: all of the incident with their messages, where the caller has read them already.
    """
    if incident.is_drill:
        return {}
    if updates is None:
        return calls.to_call(incident.reference, without_kinds=WITHOUT_KINDS)
    rows = [update.message for update in updates if update.message and update.kind not in WITHOUT_KINDS]
    return calls.not_told([row.pk for row in rows if row.state != MessageState.STOPPED])


def record_call(
    incident: Incident,
    customer: Customer,
    *,
    result: str,
    contact: Contact | None = None,
    spoke_with: str = "",
    note: str = "",
    by: Actor,
    now: datetime,
) -> CallRecord:
    """Write down a call about the newest message that did not reach the customer, and say so in the timeline.

    Raises NotAllowed, InvalidInput, and WrongState for a drill or when no message of the incident was sent yet.
    """
    message_id = to_call(incident).get(customer.pk)
    thread = Message.objects.in_thread(incident.reference).exclude(kind__in=WITHOUT_KINDS)
    message = thread.filter(pk=message_id).first() if message_id else thread.last()
    if message is None:
        raise WrongState(f"Nothing was sent about {incident.reference} yet. Alert the affected customers first.")
    with transaction.atomic():
        row = calls.record_call(
            message,
            customer,
            result=result,
            contact=contact,
            spoke_with=spoke_with,
            note=note,
            by=by,
            now=now,
        )
        text = _WORDS[CallResult(row.result)].format(customer=customer) + (f": {row.note}" if row.note else ".")
        data = {"call": row.pk, "customer": customer.pk}
        entry(Kind.NOTE, text, incident=incident, by=by, now=now, data=data)
    return row
