"""Words that were thrown away or replaced while a message was written: shown, and put back with one press."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from crisisdesk.core.actors import Actor
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import WrongState
from incidents.drafts import put_back
from incidents.models import Draft, Incident
from incidents.put_aside import take_up_again


def aside_facts(row: Draft | None) -> dict[str, Any] | None:
    """What is aside: {pk, at, who, kind, subject, body}; None when nothing is."""
    if row is None or row.closed_at is None:
        return None
    return {
        "pk": row.pk,
        "at": f"{timezone.localtime(row.closed_at):%H:%M:%S}",
        "who": row.saved_by_name,
        "kind": row.get_kind_display(),
        "subject": row.subject,
        "body": row.body,
    }


def bring_back(
    incident: Incident, draft: Draft | None, chosen: str, *, version: int, by: Actor, now: datetime
) -> Draft:
    """Take up what was thrown away, or put replaced words back into the open draft. Raises Refusal."""
    aside = incident.drafts.exclude(closed_at=None).filter(pk=whole_number(chosen) or 0).first()
    if aside is None:
        raise WrongState("These words are not put aside any more. Look at the page as it is now.")
    if draft is None:
        return take_up_again(aside, by=by, now=now)
    return put_back(draft, aside, version=version, by=by, now=now)
