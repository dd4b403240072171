"""A due time with steps; promises, acknowledgements, post-mortems and actions stand on it."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class Deadline(models.Model):
    """A moment by which something is owed. Open until `closed_at` is set."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=models.Q(closed_at=None), name="one_open_deadline_per_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} due {self.due_at:%Y-%m-%d %H:%M:%S}"


class StepState(models.TextChoices):
    """What became of a step."""

    PENDING = "pending"
    FIRED = "fired"
    SKIPPED = "skipped", "skipped (a later step was due)"
    CANCELLED = "cancelled"
    FAILED = "failed", "failed (set aside)"


class StepQuerySet(models.QuerySet["DeadlineStep"]):
    """Questions about many steps."""

    def due(self, now: datetime) -> StepQuerySet:
        """Pending steps whose time has come (retries included)."""
        return self.filter(state=StepState.PENDING, fire_at__lte=now).exclude(retry_at__gt=now)


class DeadlineStep(models.Model):
    """Something to do at a moment before, at or after the due time; done once or recorded as skipped."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="steps")
    name = models.CharField(max_length=60)
    fire_at = models.DateTimeField()
    always = models.BooleanField(
        default=False, help_text="Fires even when a later step is due as well, such as the record of a miss."
    )
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=StepState, default=StepState.PENDING)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deadline", "name"], name="one_step_per_name")]
        # Read by `deadlines.fire_due`, several times a second.
        indexes = [models.Index(fields=["fire_at"], condition=models.Q(state="pending"), name="deadline_step_pending")]

    def __str__(self) -> str:
        return f"{self.name} at {self.fire_at:%H:%M:%S}: {self.state}"
