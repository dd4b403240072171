"""What a contact says of how they were kept informed."""

from __future__ import annotations

from django.db import models

from crisisdesk.core.history import Records
from customers.models import Contact
from incidents.models.incident import Incident


class Informed(models.TextChoices):
    """Answers to "Did we keep you well informed?"."""

    YES = "yes", "yes"
    PARTLY = "partly", "partly"
    NO = "no", "no"


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Questions about many answers."""

    def real(self) -> AnswerQuerySet:
        """Those about outages that were no drill."""
        return self.filter(incident__is_drill=False)


class Answer(models.Model):
    """One answer of one contact about one incident (Step 5). A later one takes its place; its history keeps both."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="answers")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="answers")
    informed = models.CharField("well informed", max_length=6, choices=Informed)
    comment = models.TextField(blank=True)
    first_at = models.DateTimeField(help_text="When the contact answered for the first time.")
    at = models.DateTimeField(help_text="When the present answer was given.")

    objects = AnswerQuerySet.as_manager()
    history = Records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "contact"], name="one_answer_per_contact_and_incident"),
            models.CheckConstraint(condition=models.Q(informed__in=Informed.values), name="answer_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.contact} on INC-{self.incident_id}: {self.informed}"
