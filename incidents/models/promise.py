"""The promise of the next update: a dated obligation."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Case, F, Value, When

from incidents.models.incident import Incident
from incidents.models.update import Update


class Outcome(models.TextChoices):
    """What became of a promise."""

    PENDING = "pending"
    KEPT = "kept"
    MISSED = "missed"
    # The outage ended, or was merged, before the moment came.
    RELEASED = "released"


class Verdict(models.TextChoices):
    """The outcome as the ledger words it."""

    KEPT = "kept", "kept"
    EARLY = "early", "kept early"
    AUTOMATIC = "automatic", "kept automatically"
    MISSED = "missed", "missed"
    OPEN = "open", "open"
    RELEASED = "released", "released"


# An update with more than this left counts as early.
EARLY = timedelta(minutes=5)


class PromiseQuerySet(models.QuerySet["Promise"]):
    """Questions about many promises."""

    def open(self) -> PromiseQuerySet:
        """Promises whose update has not been sent, missed ones included."""
        return self.filter(closed_at=None)

    def settled(self) -> PromiseQuerySet:
        """Promises that were either kept or missed."""
        return self.filter(outcome__in=[Outcome.KEPT, Outcome.MISSED])

    def with_verdict(self) -> PromiseQuerySet:
        """Annotated `verdict`, a value of `Verdict`."""
        words = Case(
            When(outcome=Outcome.MISSED, then=Value(Verdict.MISSED.value)),
            When(outcome=Outcome.RELEASED, then=Value(Verdict.RELEASED.value)),
            When(outcome=Outcome.PENDING, then=Value(Verdict.OPEN.value)),
            When(is_automatic=True, then=Value(Verdict.AUTOMATIC.value)),
            When(closed_at__lt=F("due_at") - EARLY, then=Value(Verdict.EARLY.value)),
            default=Value(Verdict.KEPT.value),
            output_field=models.CharField(),
        )
        return self.annotate(verdict=words)


class Promise(models.Model):
    """ "The next update comes by `due_at`", made by one update.

    Kept when the next send is committed by the due time; otherwise the miss is recorded once, at the due time. It stays
    open (`closed_at` empty) until that next send.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="promises")
    made_by = models.OneToOneField(Update, on_delete=models.PROTECT, related_name="promise")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.PENDING)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Update, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_automatic = models.BooleanField(default=False, help_text="Kept by an automatic holding message.")
    missed_at = models.DateTimeField(null=True, blank=True)
    late_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="How late the update came that closed a missed promise, in seconds."
    )

    objects = PromiseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=models.Q(closed_at=None), name="one_open_promise_per_incident"
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="missed") | models.Q(missed_at__isnull=False),
                name="a_miss_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident.reference}: update by {self.due_at:%Y-%m-%d %H:%M} UTC, {self.outcome}"

    def is_due(self, now: datetime) -> bool:
        """True when the moment has passed without an update."""
        return self.closed_at is None and now > self.due_at

    def remaining_seconds(self, now: datetime) -> float:
        """Seconds until the due time; negative when it has passed."""
        return (self.due_at - now).total_seconds()
