"""A request to executives for resources, with a clock on the answer."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from incidents.models.incident import Incident

PERSON = settings.AUTH_USER_MODEL


class Decision(models.TextChoices):
    """What executives answered."""

    GRANTED = "granted", "granted"
    DECLINED = "declined", "declined"


class ExecutiveRequestQuerySet(models.QuerySet["ExecutiveRequest"]):
    """Questions about many requests."""

    def unanswered(self) -> ExecutiveRequestQuerySet:
        """Requests nobody has answered, in incidents that still go on."""
        return self.filter(answered_at=None).exclude(incident__status="resolved")


class ExecutiveRequest(models.Model):
    """What is needed, asked from the incident room (Step 4). Answered once; it lapses when the incident is resolved."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="executive_requests")
    text = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by_name = models.CharField(max_length=200)
    due_at = models.DateTimeField(help_text="By when an answer is needed.")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_by_name = models.CharField(max_length=200, blank=True)
    decision = models.CharField(max_length=8, choices=Decision, blank=True)
    answer = models.TextField(blank=True)

    objects = ExecutiveRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "request to executives"
        verbose_name_plural = "requests to executives"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at=None, decision="")
                | (models.Q(answered_at__isnull=False) & ~models.Q(decision="")),
                name="an_answered_request_has_its_decision",
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__gt=models.F("asked_at")), name="a_request_is_due_after_it_is_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident.reference}: {self.text[:60]}"

    def is_late(self, now: datetime) -> bool:
        """True when an answer is overdue."""
        return self.answered_at is None and now > self.due_at
