"""What else a reader gets in the same thread, looked at when a delivery is claimed."""

from __future__ import annotations

from collections.abc import Collection

from customers.models import Channel, Delivery, DeliveryState, Message
from customers.models.delivery import DeliveryQuerySet
from customers.models.message import MessageQuerySet

# They stand beside the updates: they replace none and are replaced by none.
BESIDE = ("correction", "postmortem")
END = "final"


def newer_kinds(message: Message, contacts: Collection[int], channel: Channel) -> dict[int, set[str]]:
    """For each contact, the kinds of later updates in the thread that are on their way or were sent.

    An update that still waits when a later one exists must not arrive after it: "next update at 15:00" after "this is
    over" is worse than silence.
    """
    if message.kind in BESIDE:
        return {}
    later = list(_thread(message).filter(pk__gt=message.pk).exclude(kind__in=BESIDE).values_list("pk", flat=True))
    found: dict[int, set[str]] = {}
    if later:
        for contact, kind in _told(later, contacts, channel).values_list("contact_id", "message__kind"):
            found.setdefault(contact, set()).add(kind)
    return found


def told_since_the_end(message: Message, contacts: Collection[int], channel: Channel) -> set[int]:
    """Contacts who were told something earlier in the thread, after its last final message if there was one.

    For everybody else this message is a beginning: of the outage for the newly affected, or of its relapse.
    """
    earlier = _thread(message).filter(pk__lt=message.pk).exclude(kind__in=BESIDE).order_by("-pk")
    since: list[int] = []
    for pk, kind in earlier.values_list("pk", "kind"):
        if kind == END:
            break
        since.append(pk)
    return set(_told(since, contacts, channel).values_list("contact_id", flat=True)) if since else set()


def _thread(message: Message) -> MessageQuerySet:
    return Message.objects.in_thread(message.thread_key).filter(is_drill=message.is_drill)


def _told(messages: Collection[int], contacts: Collection[int], channel: Channel) -> DeliveryQuerySet:
    told = Delivery.objects.filter(message_id__in=messages, contact_id__in=contacts, channel=channel)
    return told.exclude(state=DeliveryState.SUPPRESSED)
