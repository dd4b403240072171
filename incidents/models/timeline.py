"""The record of an incident, entry by entry. Insert-only."""

from __future__ import annotations

from django.db import models

from incidents.models.alert import Alert
from incidents.models.incident import Incident


class TimelineEntry(models.Model):
    """One thing that happened. Entries of an alert belong to the incident it was declared into."""

    class Kind(models.TextChoices):
        """What sort of thing."""

        ALERT = "alert"
        NOTIFICATION = "notification"
        DECISION = "decision"
        CHANGE = "change"
        NOTE = "note"
        MESSAGE = "message"
        PROMISE = "promise"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="timeline")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, null=True, related_name="timeline")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField()
    actor_kind = models.CharField(max_length=10)
    actor_name = models.CharField(max_length=200)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = "timeline entry"
        verbose_name_plural = "timeline entries"
        indexes = [
            models.Index(fields=["incident", "-at"], name="timeline_of_incident"),
            models.Index(fields=["alert", "-at"], name="timeline_of_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.text}"
