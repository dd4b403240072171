"""The loop "notifier": hand over what staff must be told, on a connection of its own.

Each row is claimed (a committed write) before its mail leaves, and its outcome is recorded after. A row found claimed
at the start of a pass was held by a process that died: nobody knows whether its mail went out, so it is sent once
more under the same Message-ID, and not a third time.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from crisisdesk.core import clock
from crisisdesk.core.engine.loops import Guard, Pass
from crisisdesk.core.transports import Answer, Envelope, MailTransport, Outcome, open_transport
from crisisdesk.core.transports.envelope import WITHHELD
from incidents.models import Notification, NotificationState
from incidents.oncall.instead import tell_instead
from incidents.oncall.mail import compose

logger = logging.getLogger(__name__)

BATCH = 50
# Seconds until the next attempt; after the last one the notification has failed and somebody else is told.
PAUSES = (2, 4, 8, 15, 30, 60, 120, 240)
UNKNOWN = "outcome unknown"


def send_ready(this_pass: Pass) -> int:
    """Send what is ready, oldest first; how many rows were handled. Stops early when the transport does not work."""
    handled = _recover(this_pass.now)
    ready = list(Notification.objects.ready(this_pass.now).order_by("next_attempt_at", "id")[:BATCH])
    if not ready:
        return handled
    with open_transport("staff") as transport:
        for row in ready:
            if not this_pass.lease.keep() or not _claim(row, this_pass.lease.fence):
                break
            handled += 1
            if not _send(row, transport, this_pass.lease):
                break
    return handled


def _claim(row: Notification, fence: int) -> bool:
    """Compare and set: of two senders one gets the row."""
    mine = Notification.objects.filter(pk=row.pk, state=NotificationState.QUEUED, attempts=row.attempts)
    row.attempts += 1
    row.claimed_fence = fence
    row.state = NotificationState.SENDING
    return bool(mine.update(state=row.state, attempts=row.attempts, claimed_fence=fence))


def _send(row: Notification, transport: MailTransport, lease: Guard) -> bool:
    """One attempt; False when the transport itself does not work, so that the others wait for the next pass."""
    envelope = _composed(row)
    if envelope is None:
        return True
    answer = transport.send(envelope, may_send=lease.held)
    record(row, answer, repeats_safely=transport.repeats_safely, now=clock.now())
    return answer.outcome is not Outcome.BROKEN and answer.code != WITHHELD


def _composed(row: Notification) -> Envelope | None:
    try:
        full = Notification.objects.select_related("person", "alert__source", "incident").get(pk=row.pk)
        return compose(full)
    except Exception as error:
        # Poison: whatever a row makes a template or an address do, the rows after it must go out.
        logger.exception("Notification %s can't be written as a mail.", row.pk)
        _fail(row, f"It can't be written as a mail: {type(error).__name__}", clock.now())
        return None


def record(row: Notification, answer: Answer, *, repeats_safely: bool, now: datetime) -> None:
    """Write down what came of an attempt of a claimed row."""
    said = f"{answer.code} {answer.text}".strip() or answer.outcome.value
    if answer.outcome is Outcome.ACCEPTED:
        _settle(row, NotificationState.SENT, sent_at=now, error="")
    elif answer.code == WITHHELD:
        _settle(row, NotificationState.QUEUED, attempts=row.attempts - 1)
    elif answer.outcome is Outcome.REJECTED:
        _fail(row, said, now)
    elif answer.outcome is Outcome.UNKNOWN:
        _unknown(row, now, may_repeat=repeats_safely)
    elif row.attempts > len(PAUSES):
        _fail(row, said, now)
    else:
        was_unknown = row.error.startswith(UNKNOWN)
        error = f"{UNKNOWN} once; then {said}" if was_unknown else said
        _later(row, PAUSES[row.attempts - 1], error, now)


def _recover(now: datetime) -> int:
    """Rows that a dead sender held."""
    held = list(Notification.objects.filter(state=NotificationState.SENDING).order_by("id")[:BATCH])
    for row in held:
        _unknown(row, now, may_repeat=True)
    return len(held)


def _unknown(row: Notification, now: datetime, *, may_repeat: bool) -> None:
    """Repeat once; then tell somebody else: one person woken too many is better than none."""
    if may_repeat and not row.error.startswith(UNKNOWN):
        _later(row, PAUSES[0], UNKNOWN, now)
    else:
        _fail(row, f"{UNKNOWN}: nobody can say whether it arrived", now)


def _later(row: Notification, seconds: int, error: str, now: datetime) -> None:
    _settle(row, NotificationState.QUEUED, next_attempt_at=now + timedelta(seconds=seconds), error=error[:300])


def _fail(row: Notification, error: str, now: datetime) -> None:
    with transaction.atomic():
        if _settle(row, NotificationState.FAILED, error=error[:300]):
            full = Notification.objects.select_related("person", "alert", "incident", "promise").get(pk=row.pk)
            tell_instead(full, now=now)


def _settle(row: Notification, state: NotificationState, **fields: object) -> bool:
    """Compare and set: a row that another sender has taken over is left to it."""
    mine = Notification.objects.filter(
        pk=row.pk, state=NotificationState.SENDING, claimed_fence=row.claimed_fence, attempts=row.attempts
    )
    changed = bool(mine.update(state=state, **fields))
    if not changed:
        logger.warning("Notification %s was taken over by another sender.", row.pk)
    return changed
