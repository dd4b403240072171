"""The executive review of a cause that comes back, the thresholds that open it, and who read what."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from crisisdesk.core.history import Records
from incidents.models import Severity
from postmortems.models.cause import Cause
from postmortems.models.postmortem import Postmortem

PERSON = settings.AUTH_USER_MODEL


class ReviewThreshold(models.Model):
    """How many outages of one cause, of this severity or worse, open a review within REPEAT_WINDOW_DAYS."""

    severity = models.CharField(max_length=4, choices=Severity, unique=True, help_text="This severity or worse.")
    outages = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(2)], help_text="So many outages of one cause within the window open a review."
    )
    is_active = models.BooleanField("active", default=True)

    history = Records()

    class Meta:
        ordering = ["severity"]
        constraints = [
            models.CheckConstraint(condition=Q(outages__gte=2), name="threshold_is_a_repeat"),
        ]

    def __str__(self) -> str:
        return f"{self.outages} outages of {self.severity}{'' if self.severity == Severity.SEV1 else ' or worse'}"


class ReviewState(models.TextChoices):
    """How far a review is."""

    OPEN = "open", "open"
    DECIDED = "decided", "decided"
    SIGNED_OFF = "signed_off", "signed off"


class CauseReviewQuerySet(models.QuerySet["CauseReview"]):
    """Questions about many reviews."""

    def unfinished(self) -> CauseReviewQuerySet:
        """Those that no executive has signed off yet."""
        return self.exclude(state=ReviewState.SIGNED_OFF)


class CauseReview(models.Model):
    """Executives look at a cause that came back. At most one at a time per cause; changed by verbs only.

    `covered` are the outages it has looked at: those that made it, and at its sign-off all there are. Another review
    opens by itself only with an outage that none has covered.
    """

    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    reason = models.CharField(max_length=300, help_text="What opened it.")
    covered = models.ManyToManyField(Postmortem, related_name="reviews", blank=True)
    opened_at = models.DateTimeField()
    opened_by_name = models.CharField(max_length=200)
    decision = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    signed_off_at = models.DateTimeField(null=True, blank=True)
    signed_off_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_off_by_name = models.CharField(max_length=200, blank=True)

    objects = CauseReviewQuerySet.as_manager()
    history = Records(m2m_fields=[covered])

    class Meta:
        verbose_name = "review of a cause"
        verbose_name_plural = "reviews of causes"
        constraints = [
            models.UniqueConstraint(
                fields=["cause"], condition=~Q(state="signed_off"), name="one_open_review_per_cause"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | (Q(decided_at__isnull=False) & ~Q(decision="")),
                name="decided_review_has_its_decision",
            ),
            models.CheckConstraint(
                condition=Q(state="signed_off", signed_off_at__isnull=False)
                | (~Q(state="signed_off") & Q(signed_off_at=None)),
                name="signed_off_review_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Review of “{self.cause}”"

    @property
    def is_open(self) -> bool:
        """True until it is signed off."""
        return self.state != ReviewState.SIGNED_OFF


class ReviewComment(models.Model):
    """A word of an executive on a review. Inserted only: what was said stays said."""

    review = models.ForeignKey(CauseReview, on_delete=models.PROTECT, related_name="comments")
    at = models.DateTimeField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.by_name}, {self.at:%Y-%m-%d}"


class Page(models.TextChoices):
    """Pages whose reading is recorded."""

    OVERVIEW = "overview"
    CAUSE = "cause"
    INCIDENT = "incident", "outage"
    REVIEW = "review"
    SERVICE = "service"
    LIST = "list", "list of rows"
    PRINTOUT = "printout", "PDF"
    REPORT = "report", "post-mortem"


class ReviewView(models.Model):
    """Somebody opened a page of the review, or a post-mortem. Inserted only.

    The first time of each of their days counts (vendor's zone).
    """

    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=200)
    page = models.CharField(max_length=10, choices=Page)
    object_id = models.BigIntegerField(default=0, help_text="Which cause, outage or review; 0 for the overview.")
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "object_id", "person", "day"], name="seen_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person_name} read {self.page} {self.object_id or ''} on {self.day}"
