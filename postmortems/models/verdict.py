"""What people said about a suggested similar outage."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from crisisdesk.core.history import Records
from incidents.models import Alert, Incident


class SimilarityVerdict(models.Model):
    """Two outages are alike, or are not; one verdict for each pair, whoever of the two was asked about.

    `first` is the one with the lower number. A later verdict replaces the earlier one, which stays in the history.
    """

    first = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    is_similar = models.BooleanField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    history = Records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_verdict_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="verdict_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"INC-{self.first_id} and INC-{self.second_id}: {'alike' if self.is_similar else 'not alike'}"


class AlertVerdict(models.Model):
    """An alert is like a past outage, or is not: said at the qualification, before there is an outage to compare.

    It holds for the outage that the alert becomes part of, until somebody says otherwise of that.
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    is_similar = models.BooleanField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    history = Records()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "incident"], name="one_verdict_per_alert")]

    def __str__(self) -> str:
        return f"Alert {self.alert_id} and INC-{self.incident_id}: {'alike' if self.is_similar else 'not alike'}"
