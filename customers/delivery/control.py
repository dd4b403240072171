"""Pause, resume and stop a message, and try again what failed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from customers.delivery.freeze import GIVE_UP_AFTER
from customers.delivery.stopping import withdraw
from customers.delivery.trouble import close_for
from customers.delivery.wake import wake_sender
from customers.models import Delivery, DeliveryEvent, DeliveryState, Message, MessageState

RETRIED = (DeliveryState.FAILED, DeliveryState.REJECTED, DeliveryState.BOUNCED)


def pause(message: Message, *, by: Actor, now: datetime, reason: str = "") -> Message:
    """Let nothing more leave until it is resumed. Mails on their way at this moment may still be accepted.

    Raises NotAllowed, and WrongState unless the message is being sent.
    """
    require(by, Act.CONTROL_DELIVERY)
    with transaction.atomic():
        message = _locked(message)
        if message.state != MessageState.SENDING:
            raise WrongState(f"This message is {message.state}; only one that is being sent can be paused.")
        _move(message, MessageState.PAUSED, reason or f"Paused by {by.name}.", now)
        _audit("message.paused", message, by=by, now=now)
    return message


def resume(message: Message, *, by: Actor, now: datetime) -> Message:
    """Go on exactly where it was paused; what had been put off is tried at once.

    Raises NotAllowed, and WrongState unless the message is paused.
    """
    require(by, Act.CONTROL_DELIVERY)
    with transaction.atomic():
        message = _locked(message)
        if message.state != MessageState.PAUSED:
            raise WrongState(f"This message is {message.state}; only a paused one can be resumed.")
        message.deliveries.filter(state=DeliveryState.DEFERRED).update(
            next_attempt_at=now, give_up_at=now + GIVE_UP_AFTER
        )
        # A pause of hours is not counted against what had not been tried yet.
        aged = message.deliveries.filter(state=DeliveryState.QUEUED, give_up_at__lt=now + GIVE_UP_AFTER / 2)
        aged.update(give_up_at=now + GIVE_UP_AFTER)
        _move(message, MessageState.SENDING, "", now)
        close_for(message, now=now)
        _audit("message.resumed", message, by=by, now=now)
        wake_sender()
    return message


def stop(message: Message, *, by: Actor, now: datetime) -> Message:
    """End the sending for good: what has not been sent is suppressed, with the reason.

    Raises NotAllowed, and WrongState when nothing is left to stop.
    """
    require(by, Act.CONTROL_DELIVERY)
    with transaction.atomic():
        message = _locked(message)
        if message.state not in (MessageState.SENDING, MessageState.PAUSED):
            raise WrongState(f"This message is {message.state}; there is nothing left to stop.")
        _move(message, MessageState.STOPPED, f"Stopped by {by.name} before it was sent.", now)
        withdrawn = withdraw(message, now=now)
        _audit("message.stopped", message, by=by, now=now, withdrawn=withdrawn)
    return message


def retry(message: Message, *, by: Actor, now: datetime, unconfirmed: bool = False) -> int:
    """Queue again what failed, bounced or was rejected, under the same Message-ID; returns how many.

    With `unconfirmed`, a person decides that those of which nobody can say did not arrive. Raises NotAllowed, and
    WrongState when the message was stopped or nothing has failed.
    """
    require(by, Act.CONTROL_DELIVERY)
    states = (*RETRIED, DeliveryState.UNCONFIRMED) if unconfirmed else RETRIED
    with transaction.atomic():
        message = _locked(message)
        if message.state == MessageState.STOPPED:
            raise WrongState("This message was stopped. Send a new update instead.")
        failed = message.deliveries.filter(state__in=states)
        ids = list(failed.select_for_update().order_by("pk").values_list("pk", flat=True))
        if not ids:
            raise WrongState("No delivery of this message has failed; there is nothing to try again.")
        _requeue(ids, by=by, now=now)
        if message.state == MessageState.FINISHED:
            _move(message, MessageState.SENDING, "", now)
        else:
            _move(message, message.state, message.state_reason, now)
        _audit("message.retried", message, by=by, now=now, deliveries=len(ids))
        wake_sender()
    return len(ids)


def _requeue(ids: list[int], *, by: Actor, now: datetime) -> None:
    for start in range(0, len(ids), 500):
        batch = ids[start : start + 500]
        DeliveryEvent.objects.bulk_create(
            DeliveryEvent(
                delivery_id=pk, at=now, state=DeliveryState.QUEUED, attempt=attempts, text=f"Tried again by {by.name}."
            )
            for pk, attempts in Delivery.objects.filter(pk__in=batch).values_list("pk", "attempts")
        )
        Delivery.objects.filter(pk__in=batch).update(
            state=DeliveryState.QUEUED,
            state_reason="",
            unknowns=0,
            next_attempt_at=now,
            give_up_at=now + GIVE_UP_AFTER,
        )


def _locked(message: Message) -> Message:
    return Message.objects.select_for_update().get(pk=message.pk)


def _move(message: Message, state: MessageState | str, reason: str, now: datetime) -> None:
    message.state, message.state_reason, message.state_at = state, reason[:300], now
    message.save(update_fields=["state", "state_reason", "state_at"])


def _audit(action: str, message: Message, *, by: Actor, now: datetime, **data: int) -> None:
    audit.record(
        action, by=by, now=now, on=message, incident=message.thread_key[:40], data=data, is_drill=message.is_drill
    )
