"""What the machine remembers of an incident."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from incidents.models import Incident


@dataclass
class Case:
    """An incident as the machine remembers it."""

    incident: Incident
    services: set[int]
    omitted: set[int] = field(default_factory=set)
    # Contact -> when they went over into it, and out of it.
    came: dict[int, datetime] = field(default_factory=dict)
    gone: dict[int, datetime] = field(default_factory=dict)
    # Those of `came` who were told by an incident that was merged into this one.
    merged_in: set[int] = field(default_factory=set)

    def fresh(self) -> Incident:
        """As it is now."""
        return Incident.objects.get(pk=self.incident.pk)
