"""What staff must be told, one row per person and occasion."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from incidents.models.alert import Alert
from incidents.models.incident import Incident
from incidents.models.promise import Promise
from incidents.models.role import IncidentRole


class NotificationState(models.TextChoices):
    """How far it came; the ways that were tried are `Attempt` rows."""

    QUEUED = "queued"
    """The ways to use are not chosen yet."""
    SENDING = "sending"
    """No way has taken it yet."""
    SENT = "sent"
    """One way at least took it."""
    FAILED = "failed"
    """Every way failed."""
    SETTLED = "settled"
    """Nothing was needed any more before a way was taken."""


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Questions about many notifications."""

    def ready(self, now: datetime) -> NotificationQuerySet:
        """Those whose ways must be chosen now."""
        return self.filter(state=NotificationState.QUEUED, next_attempt_at__lte=now)


class Notification(models.Model):
    """One message to one person of the vendor, by one or more ways. Its loops and connections are not customers'."""

    class Purpose(models.TextChoices):
        """Why somebody is told."""

        PAGE = "page"
        REMINDER = "reminder"
        ESCALATION = "escalation"
        MISS = "miss"
        BRIEFING = "briefing"

    key = models.CharField(max_length=160, unique=True, help_text="Occasion and person: nobody is told twice.")
    purpose = models.CharField(max_length=12, choices=Purpose)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    channels = models.JSONField(
        default=list, blank=True, help_text="Kinds of contact methods to use first; none: the person's own order."
    )
    # Nothing looks a notification up by its role: no index.
    role = models.ForeignKey(
        IncidentRole, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    told_as = models.CharField(
        max_length=80, blank=True, db_column="role", help_text="What the role was called when they were told."
    )
    subject = models.CharField(max_length=250)
    body = models.TextField()
    link = models.CharField(max_length=500, blank=True, help_text="Path on the desk that the button opens.")
    link_label = models.CharField(max_length=60, blank=True)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications")
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications"
    )
    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications")
    is_drill = models.BooleanField(default=False)

    state = models.CharField(max_length=8, choices=NotificationState, default=NotificationState.QUEUED)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the first way took it.")
    error = models.CharField(max_length=300, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_way = models.CharField(max_length=30, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            # Read by the notifier's loop.
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state__in=["queued", "sending"]),
                name="notification_unsent",
            ),
            # Read by the list of notifications, newest first.
            models.Index(fields=["-created_at", "-id"], name="notification_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} to {self.person}: {self.state}"

    @property
    def role_name(self) -> str:
        """What the role is called now; of one that is gone, what it was called then."""
        return self.role.name if self.role else self.told_as
