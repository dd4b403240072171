"""Claim deliveries for a run of the sender, and give back what was not attempted.

Claims are rows in state `sending` with the run's name. On PostgreSQL rows that another sender looks at are skipped;
on SQLite the transaction is the only writer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Min

from customers.delivery.consent import Consent, objection
from customers.delivery.verdict import Standing
from customers.models import (
    ACCEPTED_STATES,
    Channel,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Message,
    Suppression,
)

WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Owner:
    """A run of the sender: its name in `claimed_by` and the number of its lease."""

    name: str
    fence: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in our hands, with what is needed to write it."""

    id: int
    message_id: int
    content_id: int
    contact_id: int
    address: str
    mail_id: str
    standing: Standing
    name: str
    customer_name: str
    link_version: int
    thread_root: str


def claim(message: Message, *, owner: Owner, now: datetime, limit: int) -> tuple[list[Claimed], int]:
    """Claim up to `limit` due deliveries of a message that is being sent; ([claimed], how many were suppressed).

    Consent is looked at again here: whoever withdrew it since the audience was frozen gets nothing.
    """
    with transaction.atomic():
        ids = list(
            Delivery.objects.filter(message=message, state__in=WAITING, next_attempt_at__lte=now)
            .order_by("next_attempt_at", "id")
            .select_for_update(skip_locked=True)
            .values_list("id", flat=True)[:limit]
        )
        if not ids:
            return [], 0
        rows = list(Delivery.objects.filter(pk__in=ids).select_related("contact__customer").order_by("id"))
        refused = _refusals(message, rows)
        _suppress([row for row in rows if row.pk in refused], refused, now)
        kept = [row for row in rows if row.pk not in refused]
        Delivery.objects.filter(pk__in=[row.pk for row in kept]).update(
            state=DeliveryState.SENDING,
            state_reason="",
            claimed_by=owner.name,
            claimed_fence=owner.fence,
            claimed_at=now,
            attempts=F("attempts") + 1,
        )
        roots = _thread_roots(message, [row.contact_id for row in kept])
    return [_claimed(row, roots.get(row.contact_id, "")) for row in kept], len(refused)


def next_due(message: Message) -> datetime | None:
    """When the next delivery of a message may be attempted; None when none waits."""
    found: datetime | None = message.deliveries.filter(state__in=WAITING).aggregate(at=Min("next_attempt_at"))["at"]
    return found


def give_back(owner: Owner, ids: Collection[int]) -> int:
    """Return claimed deliveries that were never attempted to the queue, as if they had not been claimed."""
    mine = Delivery.objects.filter(pk__in=ids, claimed_by=owner.name, state=DeliveryState.SENDING)
    return mine.update(state=DeliveryState.QUEUED, attempts=F("attempts") - 1, claimed_by="", claimed_fence=None)


def defer(owner: Owner, ids: Collection[int], reason: str, *, until: datetime) -> int:
    """As `give_back`, but not before `until`, and saying why: the way out did not work."""
    mine = Delivery.objects.filter(pk__in=ids, claimed_by=owner.name, state=DeliveryState.SENDING)
    return mine.update(
        state=DeliveryState.DEFERRED,
        state_reason=reason[:300],
        next_attempt_at=until,
        attempts=F("attempts") - 1,
        claimed_by="",
        claimed_fence=None,
    )


def _refusals(message: Message, rows: Sequence[Delivery]) -> dict[int, str]:
    addresses = {row.address.lower() for row in rows}
    suppressed = dict(
        Suppression.objects.filter(channel=Channel.EMAIL, address__in=addresses, lifted_at=None).values_list(
            "address", "reason"
        )
    )
    found = {}
    for row in rows:
        contact = row.contact
        consent = Consent(contact.is_active, contact.customer.is_active, contact.wants_email, contact.preference)
        if reason := objection(consent, kind=message.kind, address=row.address, suppressed=suppressed):
            found[row.pk] = reason[:300]
    return found


def _suppress(rows: Sequence[Delivery], reasons: dict[int, str], now: datetime) -> None:
    for row in rows:
        row.state, row.state_reason = DeliveryState.SUPPRESSED, reasons[row.pk]
    Delivery.objects.bulk_update(rows, ["state", "state_reason"])
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(delivery=row, at=now, state=DeliveryState.SUPPRESSED, attempt=row.attempts, text=reasons[row.pk])
        for row in rows
    )


def _thread_roots(message: Message, contacts: Sequence[int]) -> dict[int, str]:
    """The Message-ID of each reader's first message in the thread that reached a mail system."""
    earlier = list(
        Message.objects.in_thread(message.thread_key)
        .filter(pk__lt=message.pk, is_drill=message.is_drill)
        .values_list("pk", flat=True)
    )
    if not earlier:
        return {}
    accepted = Delivery.objects.filter(
        message_id__in=earlier, contact_id__in=contacts, channel=Channel.EMAIL, state__in=ACCEPTED_STATES
    )
    return dict(accepted.order_by("-message_id").values_list("contact_id", "mail_id"))


def _claimed(row: Delivery, thread_root: str) -> Claimed:
    return Claimed(
        id=row.pk,
        message_id=row.message_id,
        content_id=row.content_id,
        contact_id=row.contact_id,
        address=row.address,
        mail_id=row.mail_id,
        standing=Standing(row.attempts + 1, row.unknowns, row.give_up_at),
        name=row.contact.name,
        customer_name=row.contact.customer.name,
        link_version=row.contact.link_version,
        thread_root=thread_root,
    )
