"""People are told when somebody changes what they are on call for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from crisisdesk.core.models import User
from incidents.models import IncidentRole, Notification
from incidents.oncall.notify import notify
from incidents.schedules.words import span_words

Span = tuple[datetime, datetime]


def tell(
    people: Iterable[User], *, key: str, subject: str, lines: Iterable[str | Span], role: IncidentRole, now: datetime
) -> None:
    """Write a note to each, with times in their own zones; a line that is a span is put into words."""
    lines = list(lines)
    for person in people:
        words = [line if isinstance(line, str) else span_words(*line, person.time_zone) for line in lines]
        notify(
            [person],
            key=key,
            purpose=Notification.Purpose.BRIEFING,
            subject=f"[ON CALL] {subject}",
            body="\n".join(words),
            link=reverse("admin:on_call"),
            link_label="Open “On call”",
            role=role,
            now=now,
        )
