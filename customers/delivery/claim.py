"""Claim deliveries for a run of the sender, and give back what was not attempted.

Claims are rows in state `sending` with the run's name. On PostgreSQL rows that another sender looks at are skipped;
on SQLite the transaction is the only writer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Min

from customers.delivery.consent import START, SUPERSEDED, Consent, objection, wanted
from customers.delivery.limits import SECOND, held_back, left_of, use
from customers.delivery.many import Value, adapted, among, listed
from customers.delivery.stopping import MAY_HAVE_ARRIVED, WAITING
from customers.delivery.thread import BESIDE, newer_kinds, told_since_the_end
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
        rows = _take(message, owner, channel, now=now, limit=limit)
        if not rows:
            return [], 0
        refused = _refusals(message, rows, channel)
        _suppress(refused, now)
        kept = [row for row in rows if row.id not in refused]
        if channel == Channel.EMAIL:
            kept = _without_held_back(kept, now)
        if pace is not None:
            use(quota, len(kept))
        roots = {} if channel == Channel.SMS else _thread_roots(message, [row.contact_id for row in kept])
        ways = _ways_tried([row.id for row in kept if row.unknowns])
    return [_claimed(message, row, channel, roots.get(row.contact_id, ""), ways.get(row.id, "")) for row in kept], len(
        refused
    )


def _without_held_back(rows: list[_Row], now: datetime) -> list[_Row]:
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


class _Row(NamedTuple):
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
RETURNING d.id, d.content_id, d.contact_id, d.address, d.mail_id, d.attempts, d.unknowns, d.give_up_at,
  c.name, u.name, c.link_version, c.is_active, u.is_active, c.wants_email, c.wants_sms, c.preference
"""


def _take(message: Message, owner: Owner, channel: Channel, *, now: datetime, limit: int) -> list[_Row]:
    """Make up to `limit` due deliveries ours, whatever consent says, and read them."""
    ours: list[Value] = [DeliveryState.SENDING, owner.name, owner.fence, adapted(now)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What another sender looks at is skipped.
            cursor.execute(_DUE + _CLAIM + _OF_WHOM, [message.pk, channel, now, limit, *ours])
            return sorted(map(_Row._make, cursor.fetchall()))
        due = Delivery.objects.filter(message=message, channel=channel, state__in=WAITING, next_attempt_at__lte=now)
        found = due.order_by("next_attempt_at", "id").values_list(*_COLUMNS)[:limit]
        rows = sorted(row._replace(attempts=row.attempts + 1) for row in map(_Row._make, found))
        cursor.execute(_CLAIM + "WHERE " + among("id"), [*ours, listed(row.id for row in rows)])
        return rows


class _Refusal(NamedTuple):
    """Why a delivery may not go, as what, and after how many attempts."""

    state: DeliveryState
    reason: str
    attempts: int


def _refusals(message: Message, rows: Sequence[_Row], channel: Channel) -> dict[int, _Refusal]:
    """A refusal for each delivery that may not go."""
    in_force = Suppression.objects.filter(channel=channel, lifted_at=None)
    addresses = {row.address.lower() for row in rows}
    suppressed = dict(in_force.filter(address__in=addresses).values_list("address", "reason"))
    contacts = [row.contact_id for row in rows]
    newer = newer_kinds(message, contacts, channel)
    beginning = _beginning(message, rows, channel)
    found = {}
    for row in rows:
        wants = row.wants_sms if channel == Channel.SMS else row.wants_email
        consent = Consent(row.contact_is_active, row.customer_is_active, wants, row.preference)
        kind = START if row.contact_id in beginning else message.kind
        reason = objection(consent, channel=channel, kind=kind, address=row.address, suppressed=suppressed)
        if not reason and any(wanted(row.preference, kind) for kind in newer.get(row.contact_id, ())):
            reason = SUPERSEDED
        if reason:
            # What may have arrived already is not “not sent”.
            state = DeliveryState.UNCONFIRMED if row.unknowns else DeliveryState.SUPPRESSED
            said = f"{MAY_HAVE_ARRIVED} {reason}" if row.unknowns else reason
            found[row.id] = _Refusal(state, said[:300], row.attempts - 1)
    return found


def _beginning(message: Message, rows: Sequence[_Row], channel: Channel) -> set[int]:
    """Contacts who asked for start and end only, and for whom this update is a start."""
    asked = [row.contact_id for row in rows if not wanted(row.preference, message.kind)]
    if not asked or message.kind in BESIDE:
        return set()
    return set(asked) - told_since_the_end(message, asked, channel)


def _suppress(refused: Mapping[int, _Refusal], now: datetime) -> None:
    if not refused:
        return
    alike: dict[tuple[DeliveryState, str], list[int]] = defaultdict(list)
    for pk, refusal in refused.items():
        alike[refusal.state, refusal.reason].append(pk)
    for (state, reason), ids in alike.items():
        Delivery.objects.filter(pk__in=ids).update(
            state=state,
            state_reason=reason,
            attempts=F("attempts") - 1,
            claimed_by="",
            claimed_fence=None,
            claimed_at=None,
        )
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(delivery_id=pk, at=now, state=refusal.state, attempt=refusal.attempts, text=refusal.reason)
        for pk, refusal in refused.items()
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
    rows = accepted.order_by("-message_id").values_list("contact_id", "mail_id", "received_as")
    # Where a provider put its own Message-ID in place of ours, readers' mail programs know only that one.
    return {contact_id: received_as or mail_id for contact_id, mail_id, received_as in rows}


def _ways_tried(in_doubt: Sequence[int]) -> dict[int, str]:
    """The way that each delivery of unknown outcome went: a repeat leaves by the same or not at all."""
    if not in_doubt:
        return {}
    tried = DeliveryEvent.objects.filter(delivery__in=in_doubt).exclude(transport="")
    return dict(tried.order_by("pk").values_list("delivery", "transport"))


def _claimed(message: Message, row: _Row, channel: Channel, thread_root: str, way: str) -> Claimed:
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
