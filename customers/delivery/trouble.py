"""Trouble with the way out: a row that `incidents` finds and tells people of, closed by the next success."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from customers.models import Message, MessageState, SendingTrouble

SENDER = Actor.job("sender")


def open_troubles() -> QuerySet[SendingTrouble]:
    """What is wrong now, oldest first."""
    return SendingTrouble.objects.filter(closed_at=None).select_related("message").order_by("opened_at", "id")


def note(transport: str, fault: str, reason: str, *, now: datetime) -> None:
    """Open a trouble, or count another failure of one that is open."""
    with transaction.atomic():
        found = SendingTrouble.objects.filter(transport=transport[:60], fault=fault, closed_at=None)
        if not found.update(failures=F("failures") + 1, last_seen_at=now, reason=reason[:300]):
            row = SendingTrouble(
                transport=transport[:60], fault=fault, reason=reason[:300], opened_at=now, last_seen_at=now
            )
            SendingTrouble.objects.bulk_create([row], ignore_conflicts=True)


def close_all(transport: str, *, now: datetime) -> int:
    """A mail was accepted: whatever was wrong with this transport is over, but for what keeps a message paused."""
    over = SendingTrouble.objects.filter(transport=transport[:60], closed_at=None)
    return over.exclude(message__state=MessageState.PAUSED).update(closed_at=now)


def close_for(message: Message, *, now: datetime) -> int:
    """A person let the message go on: what had paused it is mended, or will show itself again."""
    return SendingTrouble.objects.filter(message=message, closed_at=None).update(closed_at=now)


def pause_for(message_id: int, transport: str, fault: str, reason: str, *, now: datetime) -> bool:
    """Pause a message because its transport refuses us; False when it was not being sent any more."""
    note(transport, fault, reason, now=now)
    with transaction.atomic():
        being_sent = Message.objects.filter(pk=message_id, state=MessageState.SENDING)
        if not being_sent.update(state=MessageState.PAUSED, state_reason=reason[:300], state_at=now):
            return False
        SendingTrouble.objects.filter(transport=transport[:60], fault=fault, closed_at=None).update(message=message_id)
        message = Message.objects.get(pk=message_id)
        data = {"fault": fault, "transport": transport}
        audit.record(
            "message.paused",
            by=SENDER,
            now=now,
            on=message,
            incident=message.thread_key[:40],
            data=data,
            is_drill=message.is_drill,
        )
    return True
