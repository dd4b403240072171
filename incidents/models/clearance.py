"""Who may know of a confidential incident."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from crisisdesk.core.access import Group
from incidents.models.incident import Incident

PERSON = settings.AUTH_USER_MODEL


class ClearanceQuerySet(models.QuerySet["Clearance"]):
    """Questions about many clearances."""

    def standing(self) -> ClearanceQuerySet:
        """Those that were not taken back."""
        return self.filter(revoked_at=None)


class Clearance(models.Model):
    """A person, or a role, who may know; given with a reason, taken back with another. The row stays."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="clearances")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    group = models.CharField(max_length=40, blank=True, choices=[(group.value, group.value) for group in Group])
    reason = models.CharField(max_length=300)
    granted_at = models.DateTimeField()
    granted_by_name = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by_name = models.CharField(max_length=200, blank=True)
    revoked_reason = models.CharField(max_length=300, blank=True)

    objects = ClearanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, group="") | (Q(person=None) & ~Q(group="")),
                name="clearance_names_a_person_or_a_role",
            ),
            models.UniqueConstraint(
                fields=["incident", "person"],
                condition=Q(revoked_at=None, person__isnull=False),
                name="one_standing_clearance_per_person",
            ),
            models.UniqueConstraint(
                fields=["incident", "group"],
                condition=Q(revoked_at=None) & ~Q(group=""),
                name="one_standing_clearance_per_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whom} may know of INC-{self.incident_id}"

    @property
    def whom(self) -> str:
        """The person or the role, by name."""
        return str(self.person) if self.person else self.group
