"""What is not to be forgotten in an incident of a kind, phase by phase, and what was done of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from crisisdesk.core.history import Records
from incidents.models.incident import Incident
from incidents.models.incident_type import IncidentType
from incidents.models.role import IncidentRole


class Phase(models.TextChoices):
    """From the first look to the time after: the four standard words with what comes before and after them."""

    QUALIFY = "qualify", "qualify"
    INVESTIGATING = "investigating", "investigating"
    IDENTIFIED = "identified", "identified"
    MONITORING = "monitoring", "monitoring"
    RESOLVED = "resolved", "closing"
    AFTER = "after", "after it"


class ChecklistItem(models.Model):
    """One point of a type's checklist. Retired rather than removed once somebody has ticked it."""

    incident_type = models.ForeignKey(IncidentType, on_delete=models.PROTECT, related_name="items")
    phase = models.CharField(max_length=14, choices=Phase, default=Phase.INVESTIGATING)
    position = models.PositiveSmallIntegerField("order", default=10)
    text = models.CharField(max_length=200)
    role = models.ForeignKey(
        IncidentRole, on_delete=models.PROTECT, null=True, blank=True, help_text="Whose job it is; empty: anybody's."
    )
    link = models.URLField(blank=True, help_text="A runbook, a dashboard, a form.")
    is_active = models.BooleanField("in use", default=True)

    history = Records()

    class Meta:
        verbose_name = "checklist item"
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text


class ChecklistTick(models.Model):
    """An item done in one incident; taken back, `done_at` is empty. Who did what when stands in the timeline."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="ticks")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="ticks")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "ticked item"
        constraints = [models.UniqueConstraint(fields=["incident", "item"], name="one_tick_per_incident_and_item")]

    def __str__(self) -> str:
        return f"{self.item}: {'done' if self.done_at else 'open'}"
