"""What the delivery rows say: who was told, how far a message is, who was not reached and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from customers.delivery.consent import NOT_NEEDED
from customers.models import (
    FAILURE_STATES,
    Contact,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Message,
    Unreached,
    UnreachedCustomer,
)

RATE_EVENTS = 2_000
RATE_WINDOW = timedelta(seconds=10)
# Held back because the contact chose so, or because a newer message took its place.
NOTHING_MISSING = Q(state=DeliveryState.SUPPRESSED, state_reason__in=NOT_NEEDED)


def ever_told(thread_key: str) -> QuerySet[Contact]:
    """Contacts to whom a message of the thread was queued and not withheld, annotated `reason` (of the newest).

    An upper bound of those who read something: a bounced delivery counts as told, a suppressed one does not.
    """
    queued = Delivery.objects.filter(message__thread_key=thread_key).order_by()
    told = queued.exclude(state=DeliveryState.SUPPRESSED)
    # Few are withheld. Asking of each delivery whether it was would read every row; this way an index has it all.
    withheld = queued.filter(state=DeliveryState.SUPPRESSED)
    of_contact = (
        queued.filter(contact=OuterRef("contact_id")).values("contact_id").annotate(n=Count("message_id")).values("n")
    )
    never = withheld.values("contact_id").annotate(n=Count("pk")).filter(n=Subquery(of_contact)).values("contact_id")
    newest = told.filter(contact=OuterRef("pk")).order_by("-message_id").values("reason")[:1]
    contacts = Contact.objects.filter(pk__in=queued.values("contact_id")).exclude(pk__in=never)
    return contacts.annotate(reason=Subquery(newest))


def nobody_was_at(thread_key: str) -> set[int]:
    """Ids of customers who had nobody to write to when a message of the thread was queued."""
    rows = UnreachedCustomer.objects.filter(message__thread_key=thread_key, message__is_drill=False)
    return set(rows.values_list("customer", flat=True))


def went_to(message: Message) -> QuerySet[Contact]:
    """Contacts to whom this message was queued and not withheld, annotated `reason`: whom a correction is owed."""
    sent = Delivery.objects.filter(message=message).exclude(state=DeliveryState.SUPPRESSED)
    reason = sent.filter(contact=OuterRef("pk")).order_by("id").values("reason")[:1]
    return Contact.objects.filter(pk__in=sent.values("contact_id")).annotate(reason=Subquery(reason))


def progress(message: Message) -> dict[str, int]:
    """How many deliveries are in each state; states without any are left out. One query on an index."""
    counted = message.deliveries.order_by().values_list("state").annotate(count=Count("pk"))
    return dict(sorted(counted))


def rate(message: Message, *, now: datetime) -> float:
    """Deliveries of the message settled per second, of late; 0 while nothing moves. One query at the end of an index.

    Looks at the newest events of all messages: up to RATE_EVENTS of them and RATE_WINDOW back.
    """
    newest = DeliveryEvent.objects.order_by("-pk").values_list("at", "delivery__message")[:RATE_EVENTS]
    seen = [(at, of) for at, of in newest if at >= now - RATE_WINDOW]
    mine = sum(of == message.pk for _, of in seen)
    # Fewer than asked for: all of the window is in sight.
    span = RATE_WINDOW if len(seen) < RATE_EVENTS else now - min(at for at, _ in seen)
    return mine / max(span.total_seconds(), 1.0)


def failures(message: Message) -> QuerySet[Delivery]:
    """Deliveries that did not reach their reader or of which nobody can say, the contact and customer with them.

    What a contact did not want, or what a newer message replaced, is no failure.
    """
    failed = message.deliveries.filter(state__in=FAILURE_STATES).exclude(NOTHING_MISSING)
    return failed.select_related("contact__customer").order_by("state", "id")


def not_needed(message_ids: Collection[int]) -> dict[int, int]:
    """Message id -> how many deliveries their contacts did not want; messages without any are left out."""
    unwanted = Delivery.objects.filter(NOTHING_MISSING, message__in=message_ids).order_by()
    return dict(unwanted.values_list("message").annotate(count=Count("pk")))


def unreached(message: Message) -> QuerySet[Contact]:
    """Contacts of the audience whom the message did not reach, annotated `why` and `reason`: the call list."""
    failed = Delivery.objects.filter(message=message, contact=OuterRef("pk"), state__in=FAILURE_STATES)
    absent = Unreached.objects.filter(message=message, contact=OuterRef("pk"))
    why = Coalesce(Subquery(absent.values("why")[:1]), Subquery(failed.values("state_reason")[:1]), Value(""))
    reason = Coalesce(Subquery(absent.values("reason")[:1]), Subquery(failed.values("reason")[:1]))
    other = Delivery.objects.accepted().filter(message=message, contact=OuterRef("pk"))
    reached = other.exclude(state=DeliveryState.COMPLAINED)  # on another channel
    found = Contact.objects.filter(Q(Exists(failed)) | Q(Exists(absent)), ~Exists(reached))
    return found.annotate(why=why, reason=reason).select_related("customer").order_by("customer__name", "name", "id")


def repeats(message: Message) -> QuerySet[DeliveryEvent]:
    """Second copies that a mail server accepted, each with its moment.

    Where the answer to the first attempt was lost, nobody knows whether there is a first copy; it counts all the same.
    """
    return DeliveryEvent.objects.filter(delivery__message=message, is_repeat=True).order_by("id")
