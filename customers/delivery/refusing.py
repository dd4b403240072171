"""Who of those claimed gets nothing after all: looked at again right before a mail leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import F

from customers.delivery.consent import START, SUPERSEDED, Consent, objection, wanted
from customers.delivery.due import Row
from customers.delivery.stopping import MAY_HAVE_ARRIVED
from customers.delivery.suppression import in_force
from customers.delivery.thread import BESIDE, Thread, newer_kinds, told_since_the_end
from customers.models import Channel, Delivery, DeliveryEvent, DeliveryState


class Refusal(NamedTuple):
    """Why a delivery may not go, as what, and after how many attempts."""

    state: DeliveryState
    reason: str
    attempts: int


def refusals(thread: Thread, rows: Sequence[Row], channel: Channel) -> dict[int, Refusal]:
    """A refusal for each delivery that may not go."""
    suppressed = in_force(channel, {row.address.lower() for row in rows})
    contacts = [row.contact_id for row in rows]
    newer = newer_kinds(thread, contacts, channel)
    beginning = _beginning(thread, rows, channel)
    found = {}
    for row in rows:
        wants = row.wants_sms if channel == Channel.SMS else row.wants_email
        consent = Consent(row.contact_is_active, row.customer_is_active, wants, row.preference)
        kind = START if row.contact_id in beginning else thread.message.kind
        reason = objection(consent, channel=channel, kind=kind, address=row.address, suppressed=suppressed)
        if not reason and any(wanted(row.preference, kind) for kind in newer.get(row.contact_id, ())):
            reason = SUPERSEDED
        if reason:
            # What may have arrived already is not “not sent”.
            state = DeliveryState.UNCONFIRMED if row.unknowns else DeliveryState.SUPPRESSED
            said = f"{MAY_HAVE_ARRIVED} {reason}" if row.unknowns else reason
            found[row.id] = Refusal(state, said[:300], row.attempts - 1)
    return found


def _beginning(thread: Thread, rows: Sequence[Row], channel: Channel) -> set[int]:
    """Contacts who asked for start and end only, and for whom this update is a start."""
    asked = [row.contact_id for row in rows if not wanted(row.preference, thread.message.kind)]
    if not asked or thread.message.kind in BESIDE:
        return set()
    return set(asked) - told_since_the_end(thread, asked, channel)


def withhold(refused: Mapping[int, Refusal], now: datetime) -> None:
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
