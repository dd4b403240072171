"""What else a reader gets in the same thread, looked at when a delivery is claimed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from customers.models import ACCEPTED_STATES, Channel, Delivery, DeliveryState, Message
from customers.models.delivery import DeliveryQuerySet

# They stand beside the updates: they replace none and are replaced by none.
BESIDE = ("correction", "postmortem")
END = "final"


@dataclass(frozen=True, slots=True)
class Thread:
    """A message among all of its thread: their numbers and kinds, oldest first."""

    message: Message
    kinds: dict[int, str]


def thread_of(message: Message) -> Thread:
    """Read the thread as it is now."""
    thread = Message.objects.in_thread(message.thread_key).filter(is_drill=message.is_drill)
    return Thread(message, dict(thread.values_list("pk", "kind")))


def newer_kinds(thread: Thread, contacts: Collection[int], channel: Channel) -> dict[int, set[str]]:
    """For each contact, the kinds of later updates in the thread that are on their way or were sent.

    An update that still waits when a later one exists must not arrive after it: "next update at 15:00" after "this is
    over" is worse than silence.
    """
    if thread.message.kind in BESIDE:
        return {}
    later = [pk for pk, kind in thread.kinds.items() if pk > thread.message.pk and kind not in BESIDE]
    found: dict[int, set[str]] = {}
    if later:
        for contact, kind in _told(later, contacts, channel).values_list("contact_id", "message__kind"):
            found.setdefault(contact, set()).add(kind)
    return found


def told_since_the_end(thread: Thread, contacts: Collection[int], channel: Channel) -> set[int]:
    """Contacts who were told something earlier in the thread, after its last final message if there was one.

    For everybody else this message is a beginning: of the outage for the newly affected, or of its relapse.
    """
    since: list[int] = []
    for pk in sorted(thread.kinds, reverse=True):
        if pk >= thread.message.pk or thread.kinds[pk] in BESIDE:
            continue
        if thread.kinds[pk] == END:
            break
        since.append(pk)
    return set(_told(since, contacts, channel).values_list("contact_id", flat=True)) if since else set()


def first_mails(thread: Thread, contacts: Collection[int]) -> dict[int, str]:
    """The Message-ID of each reader's first mail in the thread that reached a mail system."""
    earlier = [pk for pk in thread.kinds if pk < thread.message.pk]
    if not earlier:
        return {}
    accepted = Delivery.objects.filter(
        message_id__in=earlier, contact_id__in=contacts, channel=Channel.EMAIL, state__in=ACCEPTED_STATES
    )
    rows = accepted.order_by("-message_id").values_list("contact_id", "mail_id", "received_as")
    # Where a provider put its own Message-ID in place of ours, readers' mail programs know only that one.
    return {contact_id: received_as or mail_id for contact_id, mail_id, received_as in rows}


def _told(messages: Collection[int], contacts: Collection[int], channel: Channel) -> DeliveryQuerySet:
    told = Delivery.objects.filter(message_id__in=messages, contact_id__in=contacts, channel=channel)
    return told.exclude(state=DeliveryState.SUPPRESSED)
