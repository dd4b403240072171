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
    lead_role = models.ForeignKey(
        IncidentRole,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="leading role",
        help_text="Whoever is on call for it is told at the declaration that they lead.",
    )
    told_roles = models.ManyToManyField(
        IncidentRole,
        blank=True,
        related_name="+",
        verbose_name="also told",
        help_text="Whoever is on call for these is told at the declaration.",
    )
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
    sms_from = models.CharField(
        "SMS to customers",
        max_length=4,
        choices=[("", "never"), *((severity.value, f"{severity.value} and worse") for severity in Severity)],
        default=Severity.SEV2,
        blank=True,
        help_text="Beside e-mail, to contacts who have asked for it. Never for reports after the end.",
    )
    bridge_url = models.URLField("bridge link", blank=True, help_text="Where people meet.")
    is_active = models.BooleanField(default=True)

    history = Records(m2m_fields=[told_roles])

    class Meta:
        verbose_name = "incident type"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def sends_sms_at(self, severity: str) -> bool:
        """Whether customers who want SMS get them at this severity. SEV1 is the worst."""
        return bool(self.sms_from) and severity <= self.sms_from
