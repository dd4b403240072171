"""What came in: alerts from monitoring, and reports of people."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from incidents.models.words import NoticedBy


class AlertSource(models.Model):
    """A system that may post alerts. Its token is stored as a SHA-256 hash only."""

    class Kind(models.TextChoices):
        """The wire format it speaks."""

        ALERTMANAGER = "alertmanager", "Prometheus Alertmanager webhook (version 4)"

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ALERTMANAGER)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "alert source"

    def __str__(self) -> str:
        return self.name


class AlertState(models.TextChoices):
    """How far the desk is with an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    DECLARED = "declared"
    DECLINED = "declined"
    BRIEF = "brief", "too brief to alert"


UNQUALIFIED = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


class AlertQuerySet(models.QuerySet["Alert"]):
    """Questions about many alerts."""

    def unqualified(self) -> AlertQuerySet:
        """Alerts about which Operations has not decided yet."""
        return self.filter(state__in=UNQUALIFIED)

    def unacknowledged(self) -> AlertQuerySet:
        """Alerts nobody has answered."""
        return self.filter(state=AlertState.OPEN)


class Alert(models.Model):
    """One thing that seems wrong, however often it was reported.

    Repeats with the same fingerprint fold into the row while it is unqualified or its incident is open.
    """

    source = models.ForeignKey(AlertSource, on_delete=models.PROTECT, null=True, blank=True)
    fingerprint = models.CharField(max_length=80, db_index=True)
    noticed_by = models.CharField(max_length=12, choices=NoticedBy, default=NoticedBy.MONITORING)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    labels = models.JSONField(default=dict)
    annotations = models.JSONField(default=dict)
    link = models.CharField(max_length=1000, blank=True)
    is_firing = models.BooleanField(default=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    times_seen = models.PositiveIntegerField(default=1)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="reported_alerts"
    )
    reported_by_name = models.CharField(max_length=200, blank=True)

    state = models.CharField(max_length=12, choices=AlertState, default=AlertState.OPEN)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="acknowledged_alerts"
    )
    acknowledged_by_name = models.CharField(max_length=200, blank=True)
    qualified_at = models.DateTimeField(null=True, blank=True)
    qualified_by_name = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was declined or taken as too brief.")
    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, null=True, blank=True, related_name="alerts"
    )
    # Empty once the alert is finished with, so that a later outbreak opens a new one.
    open_key = models.CharField(max_length=120, null=True, unique=True, editable=False)  # noqa: DJ001

    objects = AlertQuerySet.as_manager()

    class Meta:
        indexes = [
            # Read by the command centre.
            models.Index(
                fields=["first_seen_at"],
                condition=models.Q(state__in=["open", "acknowledged"]),
                name="alert_unqualified",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unqualified(self) -> bool:
        """True while Operations has not decided about it."""
        return self.state in UNQUALIFIED

    def waiting_seconds(self, now: datetime) -> float:
        """Seconds since it was first seen."""
        return (now - self.first_seen_at).total_seconds()
