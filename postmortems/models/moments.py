"""What people change about the compiled timeline: they hide moments and add some; none is ever altered."""

from __future__ import annotations

from django.db import models

from crisisdesk.core.history import Records
from postmortems.models.postmortem import Postmortem


class HiddenMoment(models.Model):
    """A moment of the record that is left out of the report's timeline, listed as hidden with who and why.

    `key` names the row that the moment comes from ("entry:12"); `text` is what it said.
    """

    postmortem = models.ForeignKey(Postmortem, on_delete=models.PROTECT, related_name="hidden_moments")
    key = models.CharField(max_length=80)
    moment_at = models.DateTimeField()
    text = models.TextField()
    reason = models.CharField(max_length=300)
    is_hidden = models.BooleanField(default=True, help_text="Off: it was shown again.")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    history = Records()

    class Meta:
        ordering = ["moment_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["postmortem", "key"], name="moment_hidden_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="hidden_moment_says_why"),
        ]

    def __str__(self) -> str:
        return self.text


class AddedMoment(models.Model):
    """Something that happened and that no row recorded, added by a person. Inserted only; a wrong one is hidden."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.PROTECT, related_name="added_moments")
    happened_at = models.DateTimeField()
    text = models.TextField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["happened_at", "id"]

    def __str__(self) -> str:
        return self.text
