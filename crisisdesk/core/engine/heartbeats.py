"""Signs of life of supervisors and clusters, for the console and `/healthz`."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crisisdesk.core.models import Heartbeat

FORGET_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Beat:
    """Somebody lives: who, of which kind, and what else is worth showing."""

    name: str
    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(beats: Iterable[Beat], now: datetime) -> None:
    """Write the beats of this process in one statement."""
    rows = [
        Heartbeat(
            name=beat.name,
            kind=beat.kind,
            host=socket.gethostname()[:120],
            pid=os.getpid(),
            beat_at=now,
            detail=dict(beat.detail),
        )
        for beat in beats
    ]
    Heartbeat.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["name"], update_fields=["kind", "host", "pid", "beat_at", "detail"]
    )


def forget(names: Iterable[str]) -> None:
    """They ended in order, nobody needs to miss them."""
    Heartbeat.objects.filter(name__in=list(names)).delete()


def forget_old(now: datetime) -> None:
    """Drop those that have been silent for a day: killed supervisors, machines that are gone."""
    Heartbeat.objects.filter(beat_at__lt=now - FORGET_AFTER).delete()
