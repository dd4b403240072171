"""Who was told of one incident and hears of another instead, since the two were merged or the one was split."""

from __future__ import annotations

from django.db import models

from incidents.models.incident import Incident


class CarriedOver(models.Model):
    """A contact who was told under `came_from` and counts as told under `incident`. Inserted only."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="carried_in", db_index=False)
    contact = models.ForeignKey("customers.Contact", on_delete=models.PROTECT, related_name="+", db_index=False)
    came_from = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="carried_out")
    is_gone = models.BooleanField(help_text="Hears no more of the incident they came from, unless it is told anew.")
    reason = models.CharField(max_length=300, help_text="Why they were told.")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "contact carried over"
        verbose_name_plural = "contacts carried over"
        constraints = [
            # Also read by `recipients.told_of`.
            models.UniqueConstraint(fields=["incident", "contact"], name="carried_over_once_per_contact")
        ]
        # Read by the progress page, whose lines follow one contact, and by the customer's page.
        indexes = [models.Index(fields=["contact"], name="carried_over_by_contact")]

    def __str__(self) -> str:
        return f"from INC-{self.came_from_id} to INC-{self.incident_id}"
