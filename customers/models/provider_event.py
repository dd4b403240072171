"""What a provider reported about a delivery it had taken."""

from __future__ import annotations

from django.db import models

from customers.models.delivery import Delivery


class ProviderEvent(models.Model):
    """One report, taken once: a repeat of it has the same `event_key`.

    Inserted only; a trigger lets rows go that are older than 30 days, for the retention (PROVIDER_EVENT_DAYS). Holds
    what decides and the provider's words, without addresses: nothing else of what was posted is kept.
    """

    provider = models.CharField(max_length=40)
    event_key = models.CharField(max_length=255, help_text="What the provider calls the event, or a digest of it.")
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="provider_events")
    kind = models.CharField(max_length=12)
    at = models.DateTimeField(help_text="When it happened, by the provider's clock.")
    received_at = models.DateTimeField()
    code = models.CharField(max_length=24, blank=True)
    text = models.CharField(max_length=300, blank=True)
    fault = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_key"], name="provider_event_taken_once")]
        # Read by `retention`: what is old enough to go?
        indexes = [models.Index(fields=["received_at"], name="provider_event_by_age")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.kind}"
