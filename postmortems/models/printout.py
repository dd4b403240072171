"""Pages of the review and post-mortems as PDF, made in the background and kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models import Service

PERSON = settings.AUTH_USER_MODEL


class Printed(models.TextChoices):
    """What was printed."""

    OVERVIEW = "overview", "overview"
    SERVICE = "service", "service"
    CAUSE = "cause", "cause"
    INCIDENT = "incident", "outage"
    REVIEW = "review", "review of a cause"
    ROWS = "rows", "list"
    POSTMORTEM = "postmortem", "post-mortem (internal)"
    PACK = "pack", "review pack of a quarter"


class PrintState(models.TextChoices):
    """How far it is."""

    QUEUED = "queued", "being made"
    READY = "ready", "ready"
    FAILED = "failed", "failed"
    GONE = "gone", "no longer kept"


class Printout(models.Model):
    """One PDF: what it shows (as its address would say it), who wanted it, and how far it is.

    `object_id` is the outage, cause, review or post-mortem; 0 for pages that are about none. `listing` and `params`
    belong to lists. `due_on` marks the pack that the schedule of a quarter made: one for each quarter and day.
    """

    kind = models.CharField(max_length=10, choices=Printed)
    object_id = models.BigIntegerField(default=0)
    period = models.CharField(max_length=10, default="90")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    listing = models.CharField(max_length=30, blank=True)
    params = models.JSONField(default=dict, blank=True)
    title = models.CharField(max_length=250)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_by_name = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=6, choices=PrintState, default=PrintState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(null=True, blank=True, help_text="When the last attempt began.")
    problem = models.CharField(max_length=300, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0, help_text="In bytes.")
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="When executives were told of it.")
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "period", "due_on"], condition=Q(due_on__isnull=False), name="one_pack_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(ready_at__isnull=False), name="ready_printout_has_its_time"
            ),
        ]
        indexes = [
            # Read by the opener: what is still to be made?
            models.Index(fields=["asked_at"], condition=Q(state="queued"), name="printout_owed"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_ready(self) -> bool:
        """True when it can be downloaded."""
        return self.state == PrintState.READY

    @property
    def file_name(self) -> str:
        """Such as "crisisdesk-pack-2026-Q3.pdf"."""
        about = str(self.object_id) if self.object_id else self.listing or self.period
        return f"crisisdesk-{self.kind}-{about}.pdf"


class PrintoutContent(models.Model):
    """The bytes of a PDF, apart from their row so that no list carries them; all machines share the database."""

    printout = models.OneToOneField(Printout, on_delete=models.PROTECT, primary_key=True, related_name="content")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.printout_id}"
