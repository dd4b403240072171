"""Leases and heartbeats of the leased loops."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models


class Lease(models.Model):
    """The right to run one loop. `fence` grows with every new holder, so that a late writer is noticed.

    All times are the database's (UTC). `beat_at` is the last renewal, `passed_at` the last pass that ended well;
    `failures` counts the passes that failed since, `fault` says where the last one did (no message: it may quote data).
    """

    name = models.CharField(max_length=80, unique=True)
    holder = models.CharField(max_length=160, blank=True, help_text="host:pid:token, empty when nobody runs the loop.")
    cluster = models.CharField(max_length=40, blank=True, help_text="The supervised cluster the holder belongs to.")
    pid = models.IntegerField(null=True)
    fence = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder or 'nobody'}"

    def free_for(self, now: datetime) -> timedelta | None:
        """How long nobody has held it; None while somebody does. A lease never held has been free for ever."""
        if self.expires_at is None:
            return timedelta.max
        return now - self.expires_at if self.expires_at <= now else None


class Heartbeat(models.Model):
    """A sign of life of one supervisor or of one of its clusters."""

    name = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=20)
    host = models.CharField(max_length=120)
    pid = models.IntegerField()
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%H:%M:%S}"
