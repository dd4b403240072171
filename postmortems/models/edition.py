"""What customers were given to read of a post-mortem, version by version."""

from __future__ import annotations

from django.db import models

from incidents.models import Update
from postmortems.models.postmortem import Postmortem


class EditionVersion(models.Model):
    """One published text of the customer edition. Inserted only; a correction is another one and says so.

    `by_mail` is False when it was put on the progress pages only.
    """

    postmortem = models.ForeignKey(Postmortem, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(help_text="1 is the first; later ones are corrections.")
    subject = models.CharField(max_length=150)
    body = models.TextField()
    correction = models.CharField(max_length=300, blank=True, help_text="What was wrong before. Customers read it.")
    by_mail = models.BooleanField()
    update = models.OneToOneField(Update, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    published_by_name = models.CharField(max_length=200)
    approved_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["postmortem", "number"]
        constraints = [
            models.UniqueConstraint(fields=["postmortem", "number"], name="edition_number_once"),
            models.CheckConstraint(
                condition=models.Q(number=1, correction="") | (models.Q(number__gt=1) & ~models.Q(correction="")),
                name="correction_says_what_was_wrong",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of the customer edition of INC-{self.postmortem.incident_id}"
