"""The insert-only audit trail, and beside it the chain that seals it."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One act by one actor. Inserted only; a trigger refuses update and delete on both databases.

    `data` holds ids, counts and names of states, never personal data of customers.
    """

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    incident = models.CharField(max_length=40, blank=True, help_text="Reference of the incident, such as INC-42.")
    data = models.JSONField(default=dict)
    is_drill = models.BooleanField(default=False)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["incident", "id"], name="audit_by_incident"),
            models.Index(fields=["object_type", "object_id", "id"], name="audit_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name}: {self.action}"


class AuditSeal(models.Model):
    """The link of the chain for one entry: SHA-256 over the previous hash and the entry's canonical form."""

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    position = models.BigIntegerField(unique=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = "audit seal"

    def __str__(self) -> str:
        return f"{self.position}: {self.hash[:12]}"
