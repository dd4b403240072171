"""I1 to I5: what the mail server accepted, compared with what the database says. Each finding is a sentence.

Read after a scenario has come to rest. A mail that a server took without being able to say so (its connection was
reset) counts as taken; nobody can know it but the server.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F

from crisisdesk.core import clock
from crisisdesk.core.audit import chain
from crisisdesk.core.models import AuditEntry, DeadlineStep
from crisisdesk.core.models.deadline import StepState
from customers import links
from customers.models import (
    ACCEPTED_STATES,
    OPEN_STATES,
    Channel,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    MessageState,
)
from incidents.models import Notification, NotificationState, Outcome, Promise
from incidents.oncall.channels.mail import message_id_of
from incidents.promises import KIND
from tests.faults.mail_ledger import Accepted

# A step may wait this long for its pass and still be no lost one.
PATIENCE = timedelta(seconds=15)
# A state that an acceptance may lead to: reports of the provider come after it.
TAKEN = frozenset({*ACCEPTED_STATES, DeliveryState.BOUNCED})
NEEDS_NO_REASON = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED})


@dataclass
class Findings:
    """What does not hold, by invariant, and the figures of the comparison."""

    violations: list[str] = field(default_factory=list)
    deliveries: int = 0
    accepted: int = 0
    repeats: int = 0
    staff_repeats: int = 0
    unanswered: int = 0
    unconfirmed: int = 0

    def __str__(self) -> str:
        return "\n".join(self.violations[:20])


def check(
    accepted: Sequence[Accepted],
    *,
    held: int = 0,
    staff_held: int = 0,
    audiences: Iterable[tuple[int, Collection[int]]] = (),
) -> Findings:
    """Compare.

    `held`: connections to customers' mail systems that killed processes held; `staff_held`: mails to staff that were in
    hand when their sender or its database was killed; `audiences`: (message id, contacts it must reach).
    """
    deliveries = {row.mail_id: row for row in _deliveries()}
    # In these runs everybody is told by the mail of their account alone.
    staff = {message_id_of(note): note for note in Notification.objects.prefetch_related("ways")}
    found = Findings(deliveries=len(deliveries), accepted=len(accepted))
    copies: dict[str, list[Accepted]] = defaultdict(list)
    for one in accepted:
        copies[one.mail_id].append(one)
    extra = Counter({mail_id: len(taken) - 1 for mail_id, taken in copies.items()})
    found.staff_repeats = sum(extra[mail_id] for mail_id in staff)
    found.repeats = extra.total() - found.staff_repeats
    found.unconfirmed = sum(row.state == DeliveryState.UNCONFIRMED for row in deliveries.values())
    found.unanswered = sum(not one.answered for one in accepted)
    found.violations += everyone_once(deliveries, copies, audiences)
    found.violations += strangers(copies, deliveries, staff)
    found.violations += copies_at_most(copies, deliveries, staff)
    if found.repeats > held + found.unanswered:
        found.violations.append(f"I2: {found.repeats} repeats, but only {held} mails can have been in hand at a kill.")
    if found.staff_repeats > staff_held + found.unanswered:
        found.violations.append(f"I2: {found.staff_repeats} repeats to staff, of {staff_held} that were in hand.")
    found.violations += own_canary(accepted, deliveries)
    found.violations += promises_once()
    found.violations += staff_told(copies, staff)
    found.violations += audit_holds()
    return found


def _deliveries() -> Iterable[Delivery]:
    return Delivery.objects.filter(channel=Channel.EMAIL).select_related("contact__customer", "message")


def everyone_once(
    deliveries: dict[str, Delivery], copies: dict[str, list[Accepted]], audiences: Iterable[tuple[int, Collection[int]]]
) -> list[str]:
    """I1: each eligible recipient in exactly one final state, with its reason, and that state is true."""
    found = []
    for mail_id, row in deliveries.items():
        state, name = DeliveryState(row.state), f"I1: delivery {row.pk}"
        if state in OPEN_STATES:
            found.append(f"{name} is still {state}.")
        elif not row.state_reason and state not in NEEDS_NO_REASON:
            found.append(f"{name} is {state} without a reason.")
        if state in ACCEPTED_STATES and mail_id not in copies:
            found.append(f"{name} is {state}, but no server took it.")
        if mail_id in copies and state not in TAKEN and not (state == DeliveryState.UNCONFIRMED and row.unknowns):
            found.append(f"{name} is {state}, but a server took it.")
        if row.message.state not in (MessageState.FINISHED, MessageState.STOPPED) and state in OPEN_STATES:
            found.append(f"I1: message {row.message_id} is {row.message.state}.")
    for message_id, expected in audiences:
        told = Counter(row.contact_id for row in deliveries.values() if row.message_id == message_id)
        if missing := set(expected) - told.keys():
            found.append(f"I1: message {message_id} has no delivery for {len(missing)} of its readers.")
        if strange := told.keys() - set(expected):
            found.append(f"I1: message {message_id} has {len(strange)} readers whom it does not concern.")
    return found


def strangers(
    copies: dict[str, list[Accepted]], deliveries: dict[str, Delivery], staff: dict[str, Notification]
) -> list[str]:
    """I1: whatever a server took, somebody here wrote, to that recipient."""
    found = []
    for mail_id, taken in copies.items():
        row, note = deliveries.get(mail_id), staff.get(mail_id)
        address = row.address if row else note.person.email if note else None
        if address is None:
            found.append(f"I1: {mail_id} was taken by the server and is nobody's.")
        elif any(one.recipient.casefold() != address.casefold() for one in taken) and address.isascii():
            found.append(f"I1: {mail_id} went to another address than its own.")
    return found


def copies_at_most(
    copies: dict[str, list[Accepted]], deliveries: dict[str, Delivery], staff: dict[str, Notification]
) -> list[str]:
    """I2: one copy, or one repeat with the same Date where an answer was lost; and the ledger knows of it."""
    found = []
    repeated = set(DeliveryEvent.objects.filter(is_repeat=True).values_list("delivery", flat=True))
    for mail_id, taken in copies.items():
        if len(taken) > 2:
            found.append(f"I2: {mail_id} was taken {len(taken)} times.")
        if len({one.date for one in taken}) > 1:
            found.append(f"I2: the copies of {mail_id} have different dates.")
        row = deliveries.get(mail_id)
        if len(taken) > 1 and row is not None and row.pk not in repeated and row.state != DeliveryState.UNCONFIRMED:
            found.append(f"I2: delivery {row.pk} was taken {len(taken)} times and the ledger does not know.")
        note = staff.get(mail_id)
        if len(taken) > 1 and note is not None and all(way.tries < 2 for way in note.ways.all()):
            found.append(f"I2: notification {note.pk} was taken {len(taken)} times in one attempt.")
    return found


def own_canary(accepted: Sequence[Accepted], deliveries: dict[str, Delivery]) -> list[str]:
    """I3: a mail carries its own customer's canary and no other, and its links are its reader's."""
    found = []
    for one in accepted:
        row = deliveries.get(one.mail_id)
        own = {row.contact.customer.name.rpartition(" ")[2]} if row else set()
        own = {token for token in own if token.startswith("canary-")}
        if set(one.tokens) != own:
            found.append(f"I3: {one.mail_id} carries {', '.join(one.tokens) or 'no canary'} instead of its own.")
        if row is not None and one.link and not _opens_for(one.link, row):
            found.append(f"I3: the link in {one.mail_id} is not its reader's.")
    return found


def _opens_for(token: str, row: Delivery) -> bool:
    try:
        return links.read(token, links.UNSUBSCRIBE, clock.now()).contact.pk == row.contact_id
    except links.BadLink:
        return not row.contact.is_active


def promises_once(now: datetime | None = None) -> list[str]:
    """I4: each step that came due is settled once; a miss is recorded once; nothing fires after the promise is kept."""
    now = now or clock.now()
    found = []
    promises = {str(row.pk): row for row in Promise.objects.all()}
    steps = DeadlineStep.objects.filter(deadline__kind=KIND).select_related("deadline")
    for step in steps.exclude(state=StepState.CANCELLED):
        promise = promises[step.deadline.key]
        name = f"I4: {step.name} of promise {promise.pk}"
        if step.state == StepState.PENDING and step.fire_at < now - PATIENCE:
            found.append(f"{name} was due at {step.fire_at:%H:%M:%S} and never came.")
        if step.state == StepState.FAILED:
            found.append(f"{name} failed: {step.error}")
        if step.state == StepState.FIRED and step.done_at and step.done_at < step.fire_at:
            found.append(f"{name} came early.")
        if step.state == StepState.FIRED and promise.closed_at and step.done_at and step.done_at > promise.closed_at:
            found.append(f"{name} came after the promise was kept.")
    recorded = Counter(AuditEntry.objects.filter(action="promise.missed").values_list("object_id", flat=True))
    for key, promise in promises.items():
        times = recorded[key]
        if times != (promise.outcome == Outcome.MISSED):
            found.append(f"I4: promise {key} is {promise.outcome}, and its miss is recorded {times} times.")
        if promise.is_due(now - PATIENCE) and promise.outcome == Outcome.PENDING:
            found.append(f"I4: promise {key} was due at {promise.due_at:%H:%M:%S} and is still pending.")
    late = Notification.objects.filter(created_at__gt=F("promise__closed_at"))
    return found + [
        f"I4: notification {note.pk} was written after promise {note.promise_id} was kept." for note in late
    ]


def staff_told(copies: dict[str, list[Accepted]], staff: dict[str, Notification]) -> list[str]:
    """I4: each notification was handed over, or says why not; what it says is true."""
    found = []
    for mail_id, note in staff.items():
        if note.state in (NotificationState.QUEUED, NotificationState.SENDING):
            found.append(f"I4: notification {note.pk} is still {note.state}.")
        elif note.state == NotificationState.SENT and mail_id not in copies:
            found.append(f"I4: notification {note.pk} is sent, but no server took it.")
        elif note.state == NotificationState.FAILED and not note.error:
            found.append(f"I4: notification {note.pk} failed without a reason.")
    return found


def audit_holds() -> list[str]:
    """I5: the chain verifies, and all of it is sealed."""
    verdict = chain.verify()
    found = [f"I5: {verdict.problem}"] if verdict.problem else []
    if verdict.unsealed:
        found.append(f"I5: {verdict.unsealed} audit entries are not sealed.")
    return found
