"""How the ledger says what became of a promise."""

from __future__ import annotations

from incidents.models import Promise
from incidents.models.promise import Verdict

# Verdict -> colour of its badge; the words beside it say the same.
TONES = {
    Verdict.KEPT: "green",
    Verdict.EARLY: "green",
    Verdict.AUTOMATIC: "blue",
    Verdict.MISSED: "red",
    Verdict.OPEN: "",
    Verdict.RELEASED: "",
}


def lateness(promise: Promise) -> str:
    """By how much it was missed; empty when it was not."""
    if promise.missed_at is None:
        return ""
    if promise.late_seconds is None:
        return "still owed" if promise.closed_at is None else ""
    return f"by {amount_late(promise.late_seconds)}"


def amount_late(seconds: int) -> str:
    """Such as "40 s", "12 min" or "3 h 05 min"."""
    if seconds < 90:
        return f"{seconds} s"
    minutes = -(-seconds // 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
