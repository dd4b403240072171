"""The taxonomy of root causes."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from crisisdesk.core.history import Records


class CauseQuerySet(models.QuerySet["Cause"]):
    """Questions about many causes."""

    def active(self) -> CauseQuerySet:
        """Those still offered to choose from."""
        return self.filter(is_active=True)


class Cause(models.Model):
    """A kind of underlying cause, with the sentence that says what falls under it."""

    slug = models.SlugField(unique=True, help_text="The short name that the record uses. It stays.")
    name = models.CharField(max_length=80, unique=True)
    definition = models.TextField(help_text="One sentence: which outages have this cause.")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    is_active = models.BooleanField("active", default=True, help_text="Others are no longer offered to choose from.")
    can_repeat = models.BooleanField(
        "counts as a repeat", default=True, help_text="Two outages of this cause within the window are a repeat."
    )

    objects = CauseQuerySet.as_manager()
    history = Records()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")),
                name="cause_not_under_itself",
                violation_error_message="A cause can't stand under itself.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a circle of parents."""
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": "This would put the cause under itself. Choose another parent."})
            above = above.parent
