"""How much of a limit on sending is used, shared by every sender of the installation."""

from __future__ import annotations

from django.db import models


class SendingQuota(models.Model):
    """What was claimed under one limit since `since`. `key` names a way out or a recipient's domain."""

    key = models.CharField(max_length=300, unique=True)
    since = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "sending quotas"

    def __str__(self) -> str:
        return f"{self.key}: {self.used} since {self.since:%H:%M:%S}"
