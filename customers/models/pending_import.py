"""A file that was uploaded and looked at, and waits for its confirmation."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

KEPT = timedelta(hours=24)


class PendingImportQuerySet(models.QuerySet["PendingImport"]):
    """Questions about many pending imports."""

    def expired(self, now: datetime) -> PendingImportQuerySet:
        """Those that nobody confirmed for a day; they hold personal data and go."""
        return self.filter(created_at__lt=now - KEPT)


class PendingImport(models.Model):
    """The file between preview and confirmation, in the database: any web process can take the confirmation.

    `digest` is the fingerprint of the plan that was shown. The row is removed when it has been applied.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_name = models.CharField(max_length=200, blank=True)
    content = models.BinaryField()
    digest = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = PendingImportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.file_name} of {self.created_at:%Y-%m-%d %H:%M}"
