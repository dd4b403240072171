"""The attempts to reach somebody, one row per way and step."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from incidents.models.contact_method import ContactMethod
from incidents.models.notification import Notification
from incidents.models.words import ContactKind


class AttemptState(models.TextChoices):
    """How far one way came."""

    WAITING = "waiting", "waiting"
    SENDING = "sending", "under way"
    SENT = "sent", "handed over"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "not delivered"
    UNKNOWN = "unknown", "unknown"
    SKIPPED = "skipped", "not needed"
    FOLDED = "folded", "told together"


# A way in one of these states may still have reached, or reach, the person.
HOPEFUL = frozenset({AttemptState.SENDING, AttemptState.SENT, AttemptState.DELIVERED, AttemptState.FOLDED})


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Questions about many attempts."""

    def ready(self, now: datetime) -> AttemptQuerySet:
        """Those whose time, or time of retry, has come."""
        return self.filter(state=AttemptState.WAITING, next_attempt_at__lte=now)


class Attempt(models.Model):
    """One step of telling one person: by this way, at this time."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="ways")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=ContactKind)
    method = models.ForeignKey(
        ContactMethod, on_delete=models.PROTECT, null=True, blank=True, help_text="None: the account's e-mail address."
    )
    state = models.CharField(max_length=9, choices=AttemptState, default=AttemptState.WAITING)
    next_attempt_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_fence = models.BigIntegerField(null=True, blank=True)
    folded_into = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="folded")
    provider_id = models.CharField(max_length=120, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notification", "position"], name="attempt_step_once")]
        indexes = [
            # Read by the loops of the channels, several times a second.
            models.Index(
                fields=["kind", "next_attempt_at"], condition=Q(state__in=["waiting", "sending"]), name="attempt_unsent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"
