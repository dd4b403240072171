"""What providers report about deliveries they had taken: recorded once each, in any order.

A hard bounce and a complaint suppress the address; a refusal of us as a sender is a trouble, and several of them
pause the message (standards.md "E-mail" 8).
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from crisisdesk.core.transports import Fault
from crisisdesk.core.transports.addresses import UnusableAddress, travelling
from customers.delivery import trouble
from customers.delivery.reports import NEGATIVE, Kind, Report, Reported, decisive, outranks, reason_of
from customers.delivery.suppression import suppress
from customers.models import Channel, Delivery, DeliveryEvent, DeliveryState, Message, ProviderEvent, Suppression
from customers.preferences import unsubscribe

logger = logging.getLogger(__name__)

# Refusals by policy for so many readers are about us, not about one mail system.
POLICY_DELIVERIES = 3
RETRIED_BY_A_PERSON = "Tried again by"
REPORTS = " reports: "
# What only a report can have brought about or outrank; SENT is the sender's own word.
NOTED_STATES = frozenset(DeliveryState(kind.value) for kind in NEGATIVE | {Kind.DELIVERED, Kind.COMPLAINED})


def record_event(report: Report, *, now: datetime) -> bool:
    """Take one report; False when it was known already or is about nothing of ours.

    Repeats, any order and late reports lead to the same state. Raises what the database raises; nothing is written
    then, and the provider reports again.
    """
    with transaction.atomic():
        found = _find(report)
        if found is None:
            return False
        if report.fault is Fault.POLICY:
            # Locked before the delivery, as whoever stops or pauses a message does.
            Message.objects.select_for_update().get(pk=found.message_id)
        delivery = Delivery.objects.select_for_update().get(pk=found.pk)
        before = _decisive(delivery)
        if not _insert(report, delivery, now):
            return False
        _move(delivery, before)
        _note(report, delivery, now)
        _follow(report, delivery, now)
    return True


def reapply(delivery_ids: Collection[int]) -> None:
    """After the sender has recorded an acceptance late: what was reported meanwhile stands. In its transaction."""
    reported = ProviderEvent.objects.filter(delivery__in=delivery_ids).values_list("delivery", flat=True).distinct()
    for delivery in Delivery.objects.select_for_update().filter(pk__in=list(reported)).order_by("pk"):
        _move(delivery, None)


def _find(report: Report) -> Delivery | None:
    ours = Delivery.objects.filter(channel=report.channel)
    if report.delivery_id is not None:
        found = ours.filter(pk=report.delivery_id).first()
    else:
        found = ours.filter(provider_id=report.provider_id).first() if report.provider_id else None
    if found is not None and report.recipient and not _same(report.recipient, found.address):
        logger.warning("A report of %s names another recipient than delivery %d.", report.provider, found.pk)
        return None
    return found


def _same(one: str, other: str) -> bool:
    if one.casefold() == other.casefold():
        return True
    try:
        return travelling(one).casefold() == travelling(other).casefold()
    except UnusableAddress:
        return False


def _insert(report: Report, delivery: Delivery, now: datetime) -> bool:
    """Write the report down; False when it stands already. The delivery's lock makes the look and the write one."""
    if ProviderEvent.objects.filter(provider=report.provider, event_key=report.key).exists():
        return False
    ProviderEvent.objects.create(
        provider=report.provider,
        event_key=report.key,
        delivery=delivery,
        kind=report.kind,
        at=report.occurred_at,
        received_at=now,
        code=report.code[:24],
        text=report.text[:300],
        fault=report.fault,
    )
    return True


def _decisive(delivery: Delivery) -> Reported | None:
    rows = delivery.provider_events.values_list("kind", "at", "event_key", "code", "text", "fault")
    reports = [Reported(Kind(kind), at, key, code, text, Fault(fault)) for kind, at, key, code, text, fault in rows]
    retried = delivery.events.filter(state=DeliveryState.QUEUED, text__startswith=RETRIED_BY_A_PERSON)
    return decisive(reports, retried_at=retried.aggregate(at=Max("at"))["at"])


def _move(delivery: Delivery, before: Reported | None) -> None:
    """Bring the delivery to the state its reports lead to. `before`: the report that decided until now."""
    report = _decisive(delivery)
    was_reported = _was_reported(delivery, before)
    if report is None or report.state is None or not outranks(report, delivery.state, was_reported=was_reported):
        return
    delivery.state, delivery.state_reason = report.state, reason_of(report)
    # The sender's claim is over, whatever its own answer will be.
    delivery.claimed_by, delivery.claimed_fence = "", None
    if delivery.sent_at is None and report.kind not in (Kind.REJECTED, Kind.FAILED):
        delivery.sent_at = report.at
    delivery.save(update_fields=["state", "state_reason", "claimed_by", "claimed_fence", "sent_at"])


def _was_reported(delivery: Delivery, before: Reported | None) -> bool:
    """Whether an earlier report brought the delivery to its state; the delivery's own events outlive the reports."""
    if before is not None:
        return before.state == delivery.state
    noted = delivery.events.filter(state=delivery.state, text__contains=REPORTS)
    return delivery.state in NOTED_STATES and noted.exists()


def _note(report: Report, delivery: Delivery, now: datetime) -> None:
    """An entry in the delivery's own list. Without a transport: those are the sender's answers, for its recovery."""
    if report.kind in (Kind.SENT, Kind.UNSUBSCRIBED):
        return
    text = f"{report.provider}{REPORTS}{report.text or report.kind}"
    DeliveryEvent.objects.create(
        delivery=delivery,
        at=min(report.occurred_at, now),
        state=DeliveryState(report.kind.value),
        attempt=delivery.attempts,
        code=report.code[:24],
        text=text[:300],
    )


def _follow(report: Report, delivery: Delivery, now: datetime) -> None:
    """What a report means beyond its delivery. A drill has no customer's address."""
    if delivery.is_drill:
        return
    if report.kind is Kind.COMPLAINED:
        _suppress(delivery, "The reader reported a message as unwanted.", report)
    elif report.kind in (Kind.BOUNCED, Kind.REJECTED) and report.fault is Fault.ADDRESS:
        said = f"{report.code} {report.text}".strip() or "the provider says that it does not exist"
        _suppress(delivery, said, report)
    elif report.kind is Kind.UNSUBSCRIBED:
        unsubscribe(delivery.contact, now=now)
    elif report.fault is Fault.POLICY:
        _blame_ourselves(report, delivery, now)
    elif report.kind is Kind.DELIVERED:
        trouble.close_all(_way(report), now=now)


def _suppress(delivery: Delivery, reason: str, report: Report) -> None:
    # Somebody wrote to the address again after this had happened: a person has decided.
    lifted = Suppression.objects.filter(
        channel=delivery.channel, address=delivery.address.lower(), lifted_at__gte=report.occurred_at
    )
    if not lifted.exists():
        suppress(Channel(delivery.channel), delivery.address, reason, now=report.occurred_at)


def _blame_ourselves(report: Report, delivery: Delivery, now: datetime) -> None:
    message = delivery.message
    reason = f"Mail systems refuse us as a sender: {report.code} {report.text}".strip()
    refused = ProviderEvent.objects.filter(
        delivery__message=message, fault=Fault.POLICY, received_at__gte=message.state_at
    )
    if refused.values("delivery").distinct().count() >= POLICY_DELIVERIES:
        trouble.pause_for(message.pk, _way(report), Fault.POLICY, reason, now=now)
    else:
        trouble.note(_way(report), Fault.POLICY, reason, now=now)


def _way(report: Report) -> str:
    """The name of what is in trouble: not the transport's, which a mere hand-over proves to work."""
    return f"{report.provider} (reports)"[:60]
