"""Addresses that are not written to any more, and what is wrong with a transport."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from customers.models.message import Channel, Message


class Suppression(models.Model):
    """An address that bounced for good or complained. In force until `lifted_at`; `address` is in lower case."""

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=320)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            # Also read by `claim`: is this address suppressed?
            models.UniqueConstraint(
                fields=["channel", "address"], condition=Q(lifted_at=None), name="one_suppression_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} suppressed: {self.reason}"


class SendingTrouble(models.Model):
    """The way to customers does not work. Open until a hand-over succeeds again.

    `incidents` reads the open rows and tells people; `message` is the one that was paused for it, if any.
    """

    transport = models.CharField(max_length=60)
    fault = models.CharField(max_length=16)
    reason = models.CharField(max_length=300)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, blank=True, related_name="troubles")
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "trouble with sending"
        verbose_name_plural = "troubles with sending"
        constraints = [
            models.UniqueConstraint(
                fields=["transport", "fault"], condition=Q(closed_at=None), name="one_open_trouble_per_fault"
            )
        ]

    def __str__(self) -> str:
        return f"{self.transport}: {self.reason}"
