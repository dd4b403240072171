"""A line of a history file."""

from __future__ import annotations

from typing import Any


def line(**changes: Any) -> dict[str, Any]:
    """An outage of 90 minutes on 10 March 2026 with three messages, the second of them half an hour late."""
    return {
        "id": "77",
        "title": "Payments are slow",
        "started_at": "2026-03-10T14:00:00Z",
        "resolved_at": "2026-03-10T15:30:00Z",
        "impact": "major",
        "components": ["Payments API"],
        "updates": [
            {"at": "2026-03-10T14:00:00Z", "status": "Investigating", "message": "Slow. Next update in 30 minutes."},
            {"at": "2026-03-10T15:00:00Z", "status": "Update", "message": "Still slow. Next update within the hour."},
            {"at": "2026-03-10T15:30:00Z", "status": "Resolved", "message": "This incident has been resolved."},
        ],
        "something_else": {"ignored": True},
    } | changes
