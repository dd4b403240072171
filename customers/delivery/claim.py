"""Claim deliveries for a run of the sender, and give back what was not attempted.

Claims are rows in state `sending` with the run's name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Min

from crisisdesk.core import clockwatch
from customers.delivery.due import Owner, Row, take
from customers.delivery.limits import SECOND, held_back, left_of, use
from customers.delivery.refusing import refusals, withhold
from customers.delivery.stopping import WAITING
from customers.delivery.thread import first_mails, thread_of
from customers.delivery.verdict import Standing
from customers.models import Channel, Delivery, DeliveryEvent, DeliveryState, Message

__all__ = ["Claimed", "Owner", "Pace", "bring_forward", "claim", "defer", "give_back", "next_due"]

# Nothing is put off for longer, but for the limits of a domain; those leave a delivery `queued`.
LONGEST_WAIT = timedelta(minutes=30)


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
    channel: str = Channel.EMAIL
    way: str = ""

    @property
    def delivery_id(self) -> int:
        """As a `wire.Recipient` calls it."""
        return self.id


@dataclass(frozen=True, slots=True)
class Pace:
    """How many mails a second a way out takes, over all senders."""

    name: str
    per_second: int


def claim(
    message: Message,
    *,
    owner: Owner,
    now: datetime,
    limit: int,
    channel: Channel = Channel.EMAIL,
    pace: Pace | None = None,
) -> tuple[list[Claimed], int]:
    """Claim up to `limit` due deliveries of a message and channel; ([claimed], how many were suppressed).

    Consent is looked at again here: whoever withdrew it since the audience was frozen gets nothing. What the limits of
    a provider or of a recipient's domain do not let through stays queued.
    """
    with transaction.atomic():
        if pace is not None:
            quota, left = left_of(f"way {pace.name}", pace.per_second, SECOND, now=now)
            limit = min(limit, left)
            if not limit:
                return [], 0
        rows = take(message, owner, channel, now=now, limit=limit)
        if not rows:
            return [], 0
        thread = thread_of(message)
        refused = refusals(thread, rows, channel)
        withhold(refused, now)
        kept = [row for row in rows if row.id not in refused]
        if channel == Channel.EMAIL:
            kept = _without_held_back(kept, now)
        if pace is not None:
            use(quota, len(kept))
        roots = {} if channel == Channel.SMS else first_mails(thread, [row.contact_id for row in kept])
        ways = _ways_tried([row.id for row in kept if row.unknowns])
    return [_claimed(message, row, channel, roots.get(row.contact_id, ""), ways.get(row.id, "")) for row in kept], len(
        refused
    )


def _without_held_back(rows: list[Row], now: datetime) -> list[Row]:
    """Give back what must wait for its domain's limit; the rest."""
    held = held_back(((row.id, row.address) for row in rows), now=now)
    for until, ids in held.items():
        Delivery.objects.filter(pk__in=ids).update(
            state=DeliveryState.QUEUED,
            next_attempt_at=until,
            attempts=F("attempts") - 1,
            claimed_by="",
            claimed_fence=None,
        )
    gone = {pk for ids in held.values() for pk in ids}
    return [row for row in rows if row.id not in gone] if gone else rows


def bring_forward(message: Message, channel: Channel, *, now: datetime) -> int:
    """Make due what waits for longer than anything is put off: the clock was ahead when that was decided."""
    ours = message.deliveries.filter(channel=channel)
    deferred = ours.filter(state=DeliveryState.DEFERRED, next_attempt_at__gt=now + LONGEST_WAIT)
    found = deferred.update(next_attempt_at=now)
    if message.created_at > now + clockwatch.TOLERANCE:
        # Queued while the clock was ahead, and not looked at since.
        queued = ours.filter(state=DeliveryState.QUEUED, next_attempt_at__gte=message.created_at)
        found += queued.update(next_attempt_at=now)
    return found


def next_due(message: Message, channel: Channel = Channel.EMAIL) -> datetime | None:
    """When the next delivery of a message on a channel may be attempted; None when none waits."""
    waiting = message.deliveries.filter(channel=channel, state__in=WAITING)
    found: datetime | None = waiting.aggregate(at=Min("next_attempt_at"))["at"]
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


def _ways_tried(in_doubt: Sequence[int]) -> dict[int, str]:
    """The way that each delivery of unknown outcome went: a repeat leaves by the same or not at all."""
    if not in_doubt:
        return {}
    tried = DeliveryEvent.objects.filter(delivery__in=in_doubt).exclude(transport="")
    return dict(tried.order_by("pk").values_list("delivery", "transport"))


def _claimed(message: Message, row: Row, channel: Channel, thread_root: str, way: str) -> Claimed:
    return Claimed(
        id=row.id,
        message_id=message.pk,
        content_id=row.content_id,
        contact_id=row.contact_id,
        address=row.address,
        mail_id=row.mail_id,
        standing=Standing(row.attempts, row.unknowns, row.give_up_at),
        name=row.name,
        customer_name=row.customer_name,
        link_version=row.link_version,
        thread_root=thread_root,
        channel=channel,
        way=way,
    )
