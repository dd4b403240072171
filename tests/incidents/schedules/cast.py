"""Schedules for these tests."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from crisisdesk.core.models import User
from incidents.models import IncidentRole, Rank, WeeklyWindow, WindowMember

ROLE = "operations-on-call"


def role(slug: str = ROLE) -> IncidentRole:
    return IncidentRole.objects.get(slug=slug)


def window(*people: User, slug: str = ROLE, rank: str = Rank.PRIMARY, **fields: Any) -> WeeklyWindow:
    """Around the clock in Berlin from Monday 2 March 2026 on, taking turns on Mondays at nine."""
    values: dict[str, Any] = {
        "name": "Around the clock",
        "time_zone": "Europe/Berlin",
        "starts": time(9),
        "ends": time(9),
        "valid_from": date(2026, 3, 2),
    }
    made = WeeklyWindow.objects.create(role=role(slug), rank=rank, **values | fields)
    WindowMember.objects.bulk_create(
        WindowMember(window=made, person=person, position=number) for number, person in enumerate(people, 1)
    )
    return made
