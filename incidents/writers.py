"""Who has a draft open besides oneself, so that two people do not write past each other (Step 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from incidents.models import Draft, DraftWriter

# A page says every ten seconds that it is open; in the background once a minute.
OPEN_FOR, TYPING_FOR = timedelta(seconds=75), timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody else who has the draft open."""

    name: str
    is_typing: bool


def note_writer(draft: Draft, *, is_typing: bool, by: Actor, now: datetime) -> None:
    """Note that this person has the draft open now, and whether they have just typed. Only those who may write."""
    if by.person_id is None or not may(by, Act.EDIT_DRAFT):
        return
    seen = {"seen_at": now, **({"typed_at": now} if is_typing else {})}
    DraftWriter.objects.update_or_create(draft=draft, person_id=by.person_id, defaults=seen)


def others_writing(draft: Draft, *, by: Actor, now: datetime) -> Sequence[Writer]:
    """Everybody else who has the draft open, whoever types first. One read."""
    rows = DraftWriter.objects.filter(draft=draft, seen_at__gt=now - OPEN_FOR).exclude(person_id=by.person_id)
    found = [
        Writer(str(row.person), row.typed_at is not None and row.typed_at > now - TYPING_FOR)
        for row in rows.select_related("person").order_by("pk")
    ]
    return sorted(found, key=lambda writer: not writer.is_typing)
