"""What will be done so that it does not happen again."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from crisisdesk.core.history import Records
from postmortems.models.postmortem import Postmortem
from postmortems.models.review import CauseReview

PERSON = settings.AUTH_USER_MODEL


class ActionKind(models.TextChoices):
    """What it is good for."""

    PREVENT = "prevent", "prevent it"
    DETECT = "detect", "detect it sooner"
    MITIGATE = "mitigate", "make it hurt less"


class ActionState(models.TextChoices):
    """Whether it is done."""

    OPEN = "open"
    DONE = "done"


class ActionQuerySet(models.QuerySet["Action"]):
    """Questions about many actions."""

    def open(self) -> ActionQuerySet:
        """Promised and not done."""
        return self.filter(state=ActionState.OPEN)

    def overdue(self, today: date) -> ActionQuerySet:
        """Open after the day they were promised for."""
        return self.open().filter(due_on__lt=today)


class Action(models.Model):
    """One promised piece of work with one owner and one day. Each move of the day stays in its history."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=10, choices=ActionKind)
    title = models.CharField(max_length=300)
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="owned_actions")
    due_on = models.DateField()
    link = models.URLField("ticket", blank=True, max_length=500)
    state = models.CharField(max_length=4, choices=ActionState, default=ActionState.OPEN)
    proof = models.TextField(blank=True, help_text="What shows that it is done.")
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_name = models.CharField(max_length=200, blank=True)
    review = models.ForeignKey(
        CauseReview,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="fixes",
        help_text="The review that assigned it as a long-term fix.",
    )
    came_back_with = models.ForeignKey(
        Postmortem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="disproved_actions",
        help_text="The later outage of the same cause that showed that it did not help.",
    )
    came_back_at = models.DateTimeField(null=True, blank=True)

    objects = ActionQuerySet.as_manager()
    history = Records()

    class Meta:
        verbose_name = "action item"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (Q(state="done", closed_at__isnull=False) & ~Q(proof="")),
                name="done_action_has_its_proof",
            ),
            models.CheckConstraint(
                condition=Q(came_back_with=None, came_back_at=None)
                | Q(came_back_with__isnull=False, came_back_at__isnull=False),
                name="came_back_with_and_when",
            ),
        ]
        indexes = [
            # Read by the command centre, the review and the list: what is still owed?
            models.Index(fields=["due_on"], condition=Q(state="open"), name="action_owed")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """True until it is done."""
        return self.state == ActionState.OPEN

    def is_overdue(self, today: date) -> bool:
        """True when it is open after its day."""
        return self.is_open and today > self.due_on
