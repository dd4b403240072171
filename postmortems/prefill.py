"""First words for a new report, taken from the record, so that nobody begins with an empty page."""

from __future__ import annotations

from datetime import datetime

from incidents.models import Incident
from postmortems.impact import Impact


def span(seconds: float) -> str:
    """A length of time in words: "40 seconds", "12 minutes", "3 h 05 min", "2 days 4 h"."""
    seconds = max(0.0, seconds)
    if seconds < 90:
        whole = round(seconds)
        return f"{whole} second{'' if whole == 1 else 's'}"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} days {hours} h"


def summary_of(incident: Incident) -> str:
    """What it was, from when to when, and what restored it."""
    end = incident.resolved_at
    when = f"From {incident.started_at:%Y-%m-%d %H:%M} UTC"
    if end is not None:
        when += f" to {end:%Y-%m-%d %H:%M} UTC ({span((end - incident.started_at).total_seconds())})"
    lines = [f"{when}: {incident.title}."]
    if incident.summary:
        lines.append(incident.summary)
    if incident.green_light_note:
        lines.append(f"What was restored: {incident.green_light_note}")
    return "\n\n".join(lines)


def impact_text(impact: Impact, services: list[str]) -> str:
    """Who was concerned, in numbers."""
    where = f" on {', '.join(services)}" if services else ""
    return (
        f"{counted(impact.customers, 'customer')} with {counted(impact.contacts, 'contact')}{where}; "
        f"{counted(impact.customer_minutes, 'customer-minute')}."
    )


def counted(number: int, noun: str) -> str:
    """ "1 customer", "3,060 customers"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def detection_text(incident: Incident) -> str:
    """Who noticed first, and how long each step took."""
    parts = [f"Noticed first by {incident.get_noticed_by_display().lower()}{_after(incident, incident.detected_at)}."]
    if incident.acknowledged_at:
        parts.append(f"Acknowledged{_after(incident, incident.acknowledged_at)}.")
    parts.append(
        f"{'Found too brief to alert' if incident.is_brief else 'Declared'}{_after(incident, incident.declared_at)}."
    )
    if incident.first_told_at:
        parts.append(f"Customers were first told{_after(incident, incident.first_told_at)}.")
    return " ".join(parts)


def _after(incident: Incident, moment: datetime) -> str:
    seconds = (moment - incident.started_at).total_seconds()
    return f" {span(seconds)} after it began" if seconds >= 1 else " at once"
