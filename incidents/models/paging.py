"""How long a page waits for an answer before others are told."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from crisisdesk.core.history import Records
from incidents.models.policy import known_channels

# Nearer than this nobody has found their telephone; alerts that follow each other share a page for the first minute.
SHORTEST_MINUTES = 2
LATEST_MINUTES = 8 * 60
LONGEST_PAUSE_MINUTES = 24 * 60


class Marked(models.TextChoices):
    """Which alerts: by the label `severity` that their source gives them, or reports of people."""

    CRITICAL = "critical", "alerts marked critical"
    ERROR = "error", "alerts marked error"
    WARNING = "warning", "alerts marked warning"
    INFO = "info", "alerts marked info"
    REPORTED = "reported", "what people report"
    OTHER = "other", "every other alert"


class PagingPolicy(models.Model):
    """When whom is told of an alert that nobody answers. Minutes count from the first page.

    Alerts without a policy, neither of their own nor "every other alert", go by ACKNOWLEDGE_SECONDS. What is under way
    keeps the times that it began with.
    """

    alerts = models.CharField("for", max_length=10, choices=Marked)
    is_active = models.BooleanField("in use", default=True)
    backup_minutes = models.PositiveSmallIntegerField(
        "backup after", default=5, help_text="Minutes from the first page until the backup on call is told too."
    )
    group_minutes = models.PositiveSmallIntegerField(
        "group after", default=10, help_text="Minutes from the first page until everybody in the role's group is told."
    )
    again_minutes = models.PositiveSmallIntegerField(
        "again after", default=10, help_text="Minutes more until everybody is told again. Each pause is twice the last."
    )
    longest_pause_minutes = models.PositiveSmallIntegerField(
        "longest pause", default=60, help_text="Minutes. Pauses grow no longer; it ends when somebody acknowledges."
    )
    channels = models.JSONField(
        "by what first",
        default=list,
        blank=True,
        validators=[known_channels],
        help_text="Ways that are used at once. None: each person's own order.",
    )

    history = Records()

    class Meta:
        verbose_name = "paging policy"
        verbose_name_plural = "paging policies"
        constraints = [
            models.UniqueConstraint(
                fields=["alerts"],
                condition=Q(is_active=True),
                name="one_paging_policy_in_use",
                violation_error_message="Another policy for these alerts is in use. Change that one.",
            ),
            models.CheckConstraint(
                condition=Q(backup_minutes__gte=SHORTEST_MINUTES),
                name="backup_after_two_minutes",
                violation_error_message=f"Give the first ones at least {SHORTEST_MINUTES} minutes to answer.",
            ),
            models.CheckConstraint(
                condition=Q(group_minutes__gt=F("backup_minutes"), group_minutes__lte=LATEST_MINUTES),
                name="group_after_backup",
                violation_error_message="The group is told after the backup, and within 8 hours.",
            ),
            models.CheckConstraint(
                condition=Q(
                    again_minutes__gte=1,
                    longest_pause_minutes__gte=F("again_minutes"),
                    longest_pause_minutes__lte=LONGEST_PAUSE_MINUTES,
                ),
                name="paging_pauses_grow",
                violation_error_message="The longest pause is at least the first one, and at most 24 hours.",
            ),
        ]

    def __str__(self) -> str:
        return f"Paging for {self.get_alerts_display()}"
