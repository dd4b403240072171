"""Pause, resume, stop and retry the sending of an update, in the incident's record."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from customers.delivery import control
from customers.models import Message
from incidents.models import Update
from incidents.timeline import Kind, entry


def pause(update: Update, *, by: Actor, now: datetime) -> str:
    """Let nothing more leave; what was done, in words. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        control.pause(_message(update), by=by, now=now)
        return _write_down(update, "Sending paused", by=by, now=now)


def resume(update: Update, *, by: Actor, now: datetime) -> str:
    """Go on where it was paused. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        control.resume(_message(update), by=by, now=now)
        return _write_down(update, "Sending resumed", by=by, now=now)


def stop(update: Update, *, by: Actor, now: datetime) -> str:
    """End the sending for good. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        control.stop(_message(update), by=by, now=now)
        return _write_down(update, "Sending stopped for good", by=by, now=now)


def retry(update: Update, *, unconfirmed: bool = False, by: Actor, now: datetime) -> str:
    """Queue again what failed, and with `unconfirmed` what may have arrived. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        count = control.retry(_message(update), unconfirmed=unconfirmed, by=by, now=now)
        deliveries = "1 delivery" if count == 1 else f"{count:,} deliveries"
        return _write_down(update, f"{deliveries} queued again", by=by, now=now)


def _message(update: Update) -> Message:
    if update.message is None:
        raise WrongState("This update was imported from a history; nothing was sent from here.")
    return update.message


def _write_down(update: Update, what: str, *, by: Actor, now: datetime) -> str:
    text = f"{what}: {update.get_kind_display()} “{update.subject}”."
    data = {"about_update": update.pk}
    entry(Kind.CHANGE, text, incident=update.incident, by=by, now=now, data=data)
    return text
