"""Queue a message: freeze its audience and its content, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from crisisdesk.core.transports.sms import sms_config_from_settings
from customers.delivery.freeze import Frozen
from customers.delivery.rendered import ReaderClass, Rendered
from customers.delivery.wake import wake_sender
from customers.models import Channel, Contact, Message, MessageContent, MessageState, UnreachedCustomer

__all__ = ["ReaderClass", "Rendered", "queue_message"]

# A link outlives its message by this much. The final message is the last, so links end 90 days after resolution.
LINK_LIFETIME = timedelta(days=90)


def queue_message(
    *,
    thread_key: str,
    kind: str,
    priority: int,
    is_drill: bool,
    recipients: QuerySet[Contact] | Sequence[QuerySet[Contact]],
    render: Callable[[ReaderClass], Rendered],
    link_purpose: str,
    by: Actor,
    now: datetime,
    channels: Sequence[str] = (Channel.EMAIL,),
    nobody_at: Iterable[int] = (),
) -> Message:
    """Write one message and a delivery for each recipient, and wake the sender.

    Runs inside the caller's transaction and is undone with it. `recipients` carry the annotation `reason`; given
    several querysets, a contact in two of them is told once, with the reason of the first. `render` is called once
    for each class of reader among them. A lower `priority` is sent earlier. A drill goes to DRILL_ADDRESS, tagged
    with the contact's id, never to a contact. Who may send is the caller's rule. With "sms" among the `channels`, a
    contact with a number who wants it gets an SMS as well, where SMS is set up; of a drill DRILL_PHONE gets one in each
    language instead, and none when it is empty.

    Contacts without a channel get an `Unreached` row instead, customers without any contact (`nobody_at`, their ids)
    an `UnreachedCustomer`: both are the call list's. Consent is looked at again when a delivery is claimed.
    Raises RuntimeError outside a transaction and InvalidInput when DRILL_ADDRESS is missing for a drill.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("queue_message belongs inside the transaction that decides to send.")
    if is_drill and "@" not in settings.DRILL_ADDRESS:
        raise InvalidInput("A drill needs an address of your own to go to: set DRILL_ADDRESS.")
    message = Message.objects.create(
        thread_key=thread_key,
        kind=kind,
        priority=priority,
        is_drill=is_drill,
        from_address=settings.MAIL_FROM,
        reply_to=settings.REPLY_TO,
        link_purpose=link_purpose,
        link_expires_at=now + LINK_LIFETIME,
        created_at=now,
        created_by_name=by.name,
        state_at=now,
    )
    several = [recipients] if isinstance(recipients, QuerySet) else recipients
    _freeze(message, several, usable_channels(channels, is_drill=is_drill), render, now)
    UnreachedCustomer.objects.bulk_create(UnreachedCustomer(message=message, customer_id=pk) for pk in nobody_at)
    if message.total == 0:
        message.state = MessageState.FINISHED
        message.state_reason = "Nobody to write to."
    message.save(update_fields=["total", "state", "state_reason"])
    wake_sender()
    return message


def _freeze(
    message: Message,
    recipients: Sequence[QuerySet[Contact]],
    channels: Sequence[Channel],
    render: Callable[[ReaderClass], Rendered],
    now: datetime,
) -> None:
    """Write contents, deliveries and whom nothing reaches; adds up the message's `total`."""
    with Frozen(recipients) as frozen:
        for channel in channels:
            MessageContent.objects.bulk_create(
                _content(message, ReaderClass(language, zone, channel), render)
                for language, zone in frozen.classes(channel)
            )
            message.total += frozen.insert_deliveries(
                message,
                channel,
                mail_domain=settings.MAIL_DOMAIN,
                drill_address=settings.DRILL_PHONE if channel is Channel.SMS else settings.DRILL_ADDRESS,
                now=now,
            )
        frozen.insert_unreached(message)


def usable_channels(channels: Sequence[str], *, is_drill: bool) -> list[Channel]:
    """The channels in one order, without those that are not set up; a drill's SMS needs DRILL_PHONE."""
    has_sms = sms_config_from_settings() is not None and bool(settings.DRILL_PHONE or not is_drill)
    return [channel for channel in Channel if channel in channels and (channel is not Channel.SMS or has_sms)]


def _content(message: Message, reader: ReaderClass, render: Callable[[ReaderClass], Rendered]) -> MessageContent:
    rendered = render(reader)
    return MessageContent(
        message=message,
        language=reader.language,
        time_zone=reader.time_zone,
        channel=reader.channel,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
