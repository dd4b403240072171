"""Words that went to customers from a template nobody had approved."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from incidents.models.template import Template
from incidents.models.update import Update

PERSON = settings.AUTH_USER_MODEL


class EmergencyUse(models.Model):
    """One such message, with the reason; Marketing communications looks at it afterwards."""

    update = models.OneToOneField(Update, on_delete=models.PROTECT, related_name="emergency_use")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="emergency_uses")
    reason = models.CharField(max_length=300)
    used_at = models.DateTimeField()
    used_by_name = models.CharField(max_length=200)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_by_name = models.CharField(max_length=200, blank=True)
    verdict = models.TextField(blank=True, help_text="What communications says to it.")

    class Meta:
        verbose_name = "emergency use of a template"
        verbose_name_plural = "emergency uses of templates"
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="emergency_use_has_its_reason"),
        ]
        indexes = [
            # Read by the list of what waits for communications.
            models.Index(fields=["used_at"], condition=models.Q(reviewed_at=None), name="emergency_use_unreviewed"),
        ]

    def __str__(self) -> str:
        return f"{self.template} in {self.update}"
