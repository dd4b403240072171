"""Notes of people in the timeline."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from incidents.models import Incident, TimelineEntry
from incidents.timeline import Kind, entry

LONGEST = 10_000


def add_note(incident: Incident, text: str, *, by: Actor, now: datetime) -> TimelineEntry:
    """Write an internal note; raises NotAllowed, or InvalidInput when it is empty or over 10,000 characters."""
    require(by, Act.WRITE_NOTE)
    text = text.strip()
    if not text:
        raise InvalidInput({"text": "Write something before you add the note."})
    if len(text) > LONGEST:
        raise InvalidInput({"text": f"The note has {len(text)} characters; {LONGEST} is the most."})
    with transaction.atomic():
        return entry(Kind.NOTE, text, incident=incident, by=by, now=now)
