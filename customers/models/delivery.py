"""What becomes of one message for one reader."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from customers.models.contact import Contact
from customers.models.customer import Customer
from customers.models.message import Channel, Message, MessageContent


class DeliveryState(models.TextChoices):
    """In anymail's words, plus sending, suppressed and unconfirmed."""

    QUEUED = "queued"
    SENDING = "sending"
    DEFERRED = "deferred", "deferred (will be tried again)"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    COMPLAINED = "complained"
    FAILED = "failed"
    SUPPRESSED = "suppressed", "suppressed (not sent)"
    UNCONFIRMED = "unconfirmed", "unconfirmed (nobody can say)"


# Still to be worked on; every other state is final until an event or a person changes it.
OPEN_STATES = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.SENDING)
# The reader's mail system took it.
ACCEPTED_STATES = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.COMPLAINED)
# Did not arrive; shown first, with the reason.
FAILURE_STATES = (
    DeliveryState.FAILED,
    DeliveryState.BOUNCED,
    DeliveryState.REJECTED,
    DeliveryState.UNCONFIRMED,
    DeliveryState.COMPLAINED,
    DeliveryState.SUPPRESSED,
)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Questions about many deliveries."""

    def open(self) -> DeliveryQuerySet:
        """Not final yet."""
        return self.filter(state__in=OPEN_STATES)

    def accepted(self) -> DeliveryQuerySet:
        """Handed over to the reader's mail system."""
        return self.filter(state__in=ACCEPTED_STATES)

    def failures(self) -> DeliveryQuerySet:
        """Did not reach the reader, or nobody can say."""
        return self.filter(state__in=FAILURE_STATES)


class Delivery(models.Model):
    """One message to one contact on one channel; the only row the sender works from.

    `address`, `content`, `reason` and `mail_id` are frozen when it is queued. `claimed_by` names the run of the
    sender that holds it while `sending`; `claimed_fence` is that run's lease number.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=320)
    content = models.ForeignKey(MessageContent, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=300, help_text="Why this contact is told.")
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.QUEUED)
    state_reason = models.CharField(max_length=300, blank=True)
    mail_id = models.CharField(max_length=200, help_text="The Message-ID header, the same on every attempt.")
    provider_id = models.CharField(max_length=200, blank=True, help_text="What the provider calls it, if it does.")
    received_as = models.CharField(
        "received as",
        max_length=200,
        blank=True,
        db_default="",
        help_text="The Message-ID that readers see, when the provider put its own in place of ours.",
    )
    is_drill = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    unknowns = models.PositiveSmallIntegerField(default=0, help_text="Attempts whose outcome nobody knows.")
    next_attempt_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=120, blank=True)
    claimed_fence = models.BigIntegerField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            # Also read by `ledger` and for the first message of a thread.
            models.UniqueConstraint(fields=["message", "contact", "channel"], name="delivery_once_per_reader")
        ]
        indexes = [
            # Read by `claim`: what of this message may go now?
            models.Index(
                fields=["message", "next_attempt_at", "id"],
                condition=Q(state__in=("queued", "deferred")),
                name="delivery_due",
            ),
            # Read by `recover`: what did a dead sender hold?
            models.Index(fields=["claimed_by", "id"], condition=Q(state="sending"), name="delivery_claimed"),
            # Read by `progress` and the deliveries page.
            models.Index(fields=["message", "state"], name="delivery_by_state"),
            # Read by the contact's history and by `ever_told`.
            models.Index(fields=["contact", "message"], name="delivery_by_contact"),
            # Read by `events`: what does a provider's report that carries no metadata belong to?
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="delivery_by_provider_id"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}: {self.state}"


class DeliveryEvent(models.Model):
    """Something that happened to a delivery. Inserted only; a trigger refuses change on both databases."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=DeliveryState)
    attempt = models.PositiveSmallIntegerField()
    transport = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=24, blank=True, help_text="As answered, such as “550 5.1.1”.")
    text = models.CharField(max_length=300, blank=True)
    is_repeat = models.BooleanField(default=False, help_text="A second copy was accepted.")

    class Meta:
        indexes = [
            # Read by `ledger.repeats`.
            models.Index(fields=["delivery"], condition=Q(is_repeat=True), name="delivery_event_repeat")
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.state} {self.code}".strip()


class Unreached(models.Model):
    """A contact of a message's audience for whom there was no channel to queue a delivery on."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="unreached", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, help_text="Why this contact should have been told.")
    why = models.CharField(max_length=100, help_text="Why no delivery could be queued.")

    class Meta:
        verbose_name = "unreached contact"
        constraints = [models.UniqueConstraint(fields=["message", "contact"], name="unreached_once_per_message")]

    def __str__(self) -> str:
        return f"{self.why}"


class UnreachedCustomer(models.Model):
    """A customer whom a message concerned and who had nobody to write to when it was queued."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="unreached_customers", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "unreached customer"
        constraints = [
            models.UniqueConstraint(fields=["message", "customer"], name="unreached_customer_once_per_message")
        ]

    def __str__(self) -> str:
        return f"{self.customer}: nobody to write to"
