"""Who is on call in these tests."""

from __future__ import annotations

from datetime import datetime, timedelta

from crisisdesk.core.models import User
from incidents.models import IncidentRole, Rank, Shift


def put_on_call(person: User, role_slug: str, now: datetime, *, rank: str = Rank.PRIMARY, hours: float = 8) -> Shift:
    """On call from an hour ago until `hours` from now."""
    role = IncidentRole.objects.get(slug=role_slug)
    return Shift.objects.create(
        role=role, person=person, rank=rank, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=hours)
    )
