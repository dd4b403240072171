"""A message is finished when none of its deliveries is open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from customers.models import Delivery, Message, MessageState


def finish_done(message_ids: Collection[int], *, now: datetime) -> int:
    """Move messages that are being sent to `finished` when nothing of them is queued, sending or deferred."""
    still_open = Delivery.objects.open().filter(message=OuterRef("pk"))
    done = Message.objects.filter(~Exists(still_open), pk__in=message_ids, state=MessageState.SENDING)
    return done.update(state=MessageState.FINISHED, state_reason="", state_at=now)
