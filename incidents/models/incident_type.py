"""Kinds of crisis, prepared beforehand."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from crisisdesk.core.history import Records
from incidents.models.policy import PromisePolicy
from incidents.models.role import IncidentRole
from incidents.models.words import Severity


class IncidentType(models.Model):
    """A kind of crisis: who leads, how bad it is taken to be, what is at hand (Step 0)."""

    name = models.CharField(max_length=80, unique=True)
    description = models.TextField(blank=True)
    default_severity = models.CharField(max_length=4, choices=Severity, default=Severity.SEV2)
    lead_role = models.ForeignKey(IncidentRole, on_delete=models.PROTECT, null=True, blank=True)
    policy = models.ForeignKey(PromisePolicy, on_delete=models.PROTECT, null=True, blank=True)
    next_update_minutes = models.PositiveSmallIntegerField(
        default=30, help_text="The promise that the compose page suggests."
    )
    holding_allowed = models.BooleanField(
        "automatic holding messages",
        default=False,
        help_text="Just before a promise would break, an approved holding message goes out by itself.",
    )
    holding_most_in_a_row = models.PositiveSmallIntegerField(
        "most in a row",
        default=2,
        validators=[MinValueValidator(1)],
        help_text="After so many automatic messages in a row, only people can write; they are told harder.",
    )
    holding_lead_seconds = models.PositiveIntegerField(
        "shortest lead, in seconds",
        null=True,
        blank=True,
        help_text="How long before the promised time it starts. Empty: as long as sending to the audience takes.",
    )
    bridge_url = models.URLField("bridge link", blank=True, help_text="Where people meet.")
    checklist = models.TextField(blank=True, help_text="One point per line.")
    is_active = models.BooleanField(default=True)

    history = Records()

    class Meta:
        verbose_name = "incident type"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
