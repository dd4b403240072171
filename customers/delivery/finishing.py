"""A message is finished when none of its deliveries is open."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from customers.models import Delivery, Message, MessageState


def finish_if_done(message: Message, *, now: datetime) -> bool:
    """Move a message that is being sent to `finished` when nothing is queued, sending or deferred."""
    still_open = Delivery.objects.open().filter(message=OuterRef("pk"))
    done = Message.objects.filter(~Exists(still_open), pk=message.pk, state=MessageState.SENDING)
    return bool(done.update(state=MessageState.FINISHED, state_reason="", state_at=now))
