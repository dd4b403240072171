"""What the desk does about a promise before, at and after its due time."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from crisisdesk.core.history import Records
from incidents.models.role import IncidentRole
from incidents.models.words import ContactKind, Severity
from incidents.policy_picture import when

# At least hourly is the process; one incident may have a known longer path (Step 4).
LONGEST_GAP_MINUTES = 60


def known_channels(value: object) -> None:
    """A validator: a list of kinds of contact methods, each named once."""
    if not isinstance(value, list) or len(set(map(str, value))) != len(value) or set(value) - set(ContactKind.values):
        raise ValidationError("Name each channel once: email, sms, voice, chat or push.")


class PromisePolicy(models.Model):
    """The steps for promises of incidents of a severity, or of incident types that name this policy."""

    name = models.CharField(max_length=80, unique=True)
    severity = models.CharField(
        max_length=4,
        choices=Severity,
        blank=True,
        help_text="Used for incidents of this severity whose type names no policy. Empty: the default for all.",
    )
    longest_gap_minutes = models.PositiveSmallIntegerField(
        default=60, help_text="No promise may lie further ahead unless the incident has a known longer path."
    )
    shortest_gap_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="A promise nearer than this asks “are you sure?”."
    )

    history = Records()

    class Meta:
        verbose_name = "promise policy"
        verbose_name_plural = "promise policies"
        constraints = [
            models.UniqueConstraint(fields=["severity"], name="one_policy_per_severity"),
            models.CheckConstraint(
                condition=models.Q(longest_gap_minutes__gte=1, longest_gap_minutes__lte=LONGEST_GAP_MINUTES),
                name="customers_hear_hourly",
                violation_error_message="Customers hear at least every 60 minutes.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StepAction(models.TextChoices):
    """What a step does."""

    REMIND = "remind", "remind"
    ESCALATE = "escalate", "escalate"
    MISS = "miss", "tell of the miss"


class Whom(models.TextChoices):
    """Who of the role is told."""

    PRIMARY = "primary", "the primary on call"
    BACKUP = "backup", "the backup on call"
    GROUP = "group", "everybody in the role's group"


class PolicyStep(models.Model):
    """Tell somebody at a moment relative to the due time. The record of a miss itself needs no step."""

    policy = models.ForeignKey(PromisePolicy, on_delete=models.CASCADE, related_name="steps")
    offset_seconds = models.IntegerField(help_text="Seconds from the due time; negative is before it.")
    action = models.CharField(max_length=10, choices=StepAction)
    role = models.ForeignKey(IncidentRole, on_delete=models.PROTECT)
    whom = models.CharField(max_length=10, choices=Whom, default=Whom.PRIMARY)
    words = models.CharField(max_length=200, blank=True, help_text="Added to the notification.")
    channels = models.JSONField(
        default=list,
        blank=True,
        validators=[known_channels],
        help_text="By what they are told first. None: each person's own order.",
    )

    history = Records()

    class Meta:
        verbose_name = "step"
        ordering = ["offset_seconds", "id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "offset_seconds", "role", "whom"], name="policy_step_once"),
            models.CheckConstraint(
                condition=~models.Q(action="miss") | models.Q(offset_seconds__gte=0),
                name="a_miss_is_not_told_before_it",
                violation_error_message="A miss can only be told at or after the due time.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.role} {when(self.offset_seconds)}"
