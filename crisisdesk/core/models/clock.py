"""What the watch over the clock remembers: where each machine saw it, and when it was not to be trusted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ClockAnchor(models.Model):
    """The database's time as one running machine last agreed with it. `ticks` are seconds since that machine began."""

    boot = models.CharField(max_length=160, unique=True, help_text="The machine and its start.")
    ticks = models.FloatField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.boot} at {self.at:%Y-%m-%d %H:%M:%S}"


class ClockHold(models.Model):
    """The clock jumped; due actions wait until it is right again or an administrator says that it is."""

    expected_at = models.DateTimeField(help_text="What the time was by the machine that noticed.")
    noticed_at = models.DateTimeField(help_text="What the database's clock said.")
    jumped_seconds = models.FloatField()
    host = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "clock jump"
        constraints = [
            # Of several machines that notice at once one writes it down.
            models.UniqueConstraint(fields=["ended_by_name"], condition=Q(ended_at=None), name="one_open_clock_hold")
        ]

    def __str__(self) -> str:
        return f"{self.jumped_seconds:+.0f} s at {self.expected_at:%Y-%m-%d %H:%M:%S} UTC"
