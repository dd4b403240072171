"""What Operations finds and tries while an incident goes on: two tracks, side by side (Step 3)."""

from __future__ import annotations

from django.db import models

from crisisdesk.core.history import Records
from incidents.models.incident import Incident


class Track(models.TextChoices):
    """Why it fails, and what is done about it: two jobs, often of different people."""

    DIAGNOSIS = "diagnosis", "Diagnosis"
    MITIGATION = "mitigation", "Mitigation"


class FindingState(models.TextChoices):
    """How far a finding is; the first three are of the diagnosis, the others of the mitigation."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    RULED_OUT = "ruled_out", "ruled out"
    PLANNED = "planned"
    UNDER_WAY = "under_way", "under way"
    WORKED = "worked"
    FAILED = "failed", "did not help"


STATES = {
    Track.DIAGNOSIS: (FindingState.SUSPECTED, FindingState.CONFIRMED, FindingState.RULED_OUT),
    Track.MITIGATION: (FindingState.PLANNED, FindingState.UNDER_WAY, FindingState.WORKED, FindingState.FAILED),
}


class Finding(models.Model):
    """One short line on a track, with its state. Changed by the verbs of `tracks` only."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="findings")
    track = models.CharField(max_length=10, choices=Track)
    text = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=FindingState)
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    changed_at = models.DateTimeField()
    changed_by_name = models.CharField(max_length=200)

    history = Records()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(track=Track.DIAGNOSIS, state__in=STATES[Track.DIAGNOSIS])
                | models.Q(track=Track.MITIGATION, state__in=STATES[Track.MITIGATION]),
                name="a_finding_has_a_state_of_its_track",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_track_display()}, {self.get_state_display()}: {self.text}"
