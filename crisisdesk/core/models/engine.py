"""Leases and heartbeats of the leased loops."""

from __future__ import annotations

from django.db import models


class Lease(models.Model):
    """The right to run one loop. `fence` grows with every new holder, so that a late writer is noticed."""

    name = models.CharField(max_length=80, unique=True)
    holder = models.CharField(max_length=120, blank=True)
    fence = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    free_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder or 'nobody'}"


class Heartbeat(models.Model):
    """A sign of life of one process or loop."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    host = models.CharField(max_length=120)
    pid = models.IntegerField()
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%H:%M:%S}"
