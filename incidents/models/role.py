"""Incident roles and who holds them when."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from crisisdesk.core.access import Group
from crisisdesk.core.history import Records


class IncidentRole(models.Model):
    """A role in an incident with its written responsibilities (Step 0)."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80, unique=True)
    group = models.CharField(max_length=40, choices=[(group.value, group.value) for group in Group])
    responsibilities = models.TextField(blank=True)
    paged_on_alert = models.BooleanField(
        default=False, help_text="Whoever is on call for this role is told of every new alert at once."
    )
    quiet = models.BooleanField(
        "briefings only", default=False, help_text="Told by the ways that each person chose for briefings, never woken."
    )

    history = Records()

    class Meta:
        verbose_name = "incident role"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Rank(models.TextChoices):
    """Who is asked first."""

    PRIMARY = "primary"
    BACKUP = "backup"


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Questions about many shifts."""

    def current(self, now: datetime) -> ShiftQuerySet:
        """Shifts that cover `now` (the start counts, the end does not)."""
        return self.filter(starts_at__lte=now, ends_at__gt=now, person__is_active=True)


class Shift(models.Model):
    """One person on call for one role in one window of time."""

    role = models.ForeignKey(IncidentRole, on_delete=models.PROTECT, related_name="shifts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    rank = models.CharField(max_length=10, choices=Rank, default=Rank.PRIMARY)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    history = Records()
    objects = ShiftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="shift_ends_after_it_starts",
                violation_error_message="The shift must end after it starts.",
            )
        ]
        # Read by `oncall.who` whenever somebody must be told.
        indexes = [models.Index(fields=["role", "ends_at"], name="shift_by_role")]

    def __str__(self) -> str:
        return f"{self.person} ({self.rank}) for {self.role}"
