"""A message is finished when none of its deliveries is open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from customers.models import Delivery, Message, MessageState


def finish_done(message_ids: Collection[int], *, now: datetime) -> int:
    """Move messages that are being sent to `finished` when nothing of them is queued, sending or deferred.

    Whoever queues again what had failed moves `state_at`. In one statement the deliveries would be looked at as they
    were before PostgreSQL waited for that person, and what was queued meanwhile would never be sent.
    """
    finished = 0
    for pk, state_at in _done(message_ids).items():
        unchanged = Message.objects.filter(pk=pk, state=MessageState.SENDING, state_at=state_at)
        finished += unchanged.update(state=MessageState.FINISHED, state_reason="", state_at=now)
    return finished


def _done(message_ids: Collection[int]) -> dict[int, datetime]:
    """Those of which nothing is open, and since when they are in their state."""
    still_open = Delivery.objects.open().filter(message=OuterRef("pk"))
    done = Message.objects.filter(~Exists(still_open), pk__in=message_ids, state=MessageState.SENDING)
    return dict(done.values_list("pk", "state_at"))
