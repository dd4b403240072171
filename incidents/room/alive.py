"""The strip that says whether the desk itself is alive: worker, mail to customers, paging."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from crisisdesk.core import health
from customers.models import SendingTrouble
from incidents.models import Notification, NotificationState

# Whose loop it is -> how the strip calls it. Any other loop counts as part of the worker.
_PARTS = {"sender": "Customer mail", "notifier": "Paging"}
_DAY = timedelta(days=1)
_WORDS = {"running": ("ok", "running"), "late": ("down", "not running"), "failing": ("down", "failing")}


def alive(now: datetime) -> dict[str, Any]:
    """{alive: [{name, state: ok|late|down, text}], alive_trouble}: from heartbeats, not from hope."""
    found = health.check()
    parts = {"Worker": ("ok", "running"), "Customer mail": ("ok", "running"), "Paging": ("ok", "running")}
    if not found.loops or not found.database:
        parts["Worker"] = ("down", " ".join(found.reasons) or "no loop is registered")
    for loop in found.loops:
        state, text = _WORDS[loop.state]
        if state != "ok":
            since = f" since {timezone.localtime(loop.last_beat_at):%H:%M:%S}" if loop.last_beat_at else ""
            parts[_PARTS.get(loop.name, "Worker")] = (state, f"{text}{since}")
    trouble = SendingTrouble.objects.filter(closed_at=None).order_by("-last_seen_at").first()
    if trouble is not None:
        parts["Customer mail"] = ("down", f"{trouble.reason} (since {timezone.localtime(trouble.opened_at):%H:%M})")
    failed = Notification.objects.filter(state=NotificationState.FAILED, created_at__gt=now - _DAY).count()
    if failed and parts["Paging"][0] == "ok":
        parts["Paging"] = ("late", f"{failed} not delivered today")
    rows = [{"name": name, "state": state, "text": text} for name, (state, text) in parts.items()]
    return {"alive": rows, "alive_trouble": any(row["state"] == "down" for row in rows)}


def desk_trouble() -> list[str]:
    """What keeps the desk from keeping promises by itself, for the banner on every page; empty when all is well."""
    return list(health.check().reasons)
