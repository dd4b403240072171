"""Moments of a report's timeline are hidden or added, never altered; what is hidden stays listed with who and why."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput
from postmortems.locking import locked, refuse_unless_drafting, write_down
from postmortems.models import AddedMoment, HiddenMoment, Postmortem
from postmortems.timeline import compiled

LONGEST_REASON, LONGEST_TEXT = 300, 2_000
DAY = timedelta(days=1)


def hide(postmortem: Postmortem, key: str, *, reason: str, by: Actor, now: datetime) -> HiddenMoment:
    """Leave a moment out of the report's timeline. The record itself is not touched.

    Raises NotAllowed, WrongState (approved), InvalidInput (no such moment, no reason).
    """
    require(by, Act.EDIT_POSTMORTEM)
    reason = _reason(reason, "Say why it is left out; it stays listed as hidden with that.")
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse_unless_drafting(postmortem, "hide a moment")
        moment = next((row for row in compiled(postmortem.incident) if key and row.key == key), None)
        if moment is None:
            raise InvalidInput(
                "This moment can't be hidden: it is not in the timeline, or the outage is not told without it."
            )
        row = postmortem.hidden_moments.filter(key=key).first() or HiddenMoment(postmortem=postmortem, key=key)
        if row.pk and row.is_hidden:
            return row
        row.moment_at, row.text, row.reason, row.is_hidden = moment.at, moment.text, reason, True
        row.at, row.by_name = now, by.name
        stamp(row, by=by, now=now, reason="hidden")
        row.save()
        write_down("moment_hidden", postmortem, by=by, now=now, data={"moment": key, "reason": reason})
    return row


def show(hidden: HiddenMoment, *, reason: str, by: Actor, now: datetime) -> HiddenMoment:
    """Put a hidden moment back. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.EDIT_POSTMORTEM)
    reason = _reason(reason, "Say why it is shown again.")
    with transaction.atomic():
        postmortem = locked(hidden.postmortem)
        refuse_unless_drafting(postmortem, "show the moment again")
        row = HiddenMoment.objects.get(pk=hidden.pk)
        if not row.is_hidden:
            return row
        row.is_hidden, row.reason, row.at, row.by_name = False, reason, now, by.name
        stamp(row, by=by, now=now, reason="shown again")
        row.save()
        write_down("moment_shown", postmortem, by=by, now=now, data={"moment": row.key, "reason": reason})
    return row


def add(postmortem: Postmortem, *, happened_at: datetime, text: str, by: Actor, now: datetime) -> AddedMoment:
    """Write down what no row recorded (a call, a decision in a corridor), under the name of who adds it.

    `happened_at` is UTC, at most a day before the outage began and not in the future. Raises NotAllowed, WrongState,
    InvalidInput.
    """
    require(by, Act.EDIT_POSTMORTEM)
    text = text.strip()
    if not text or len(text) > LONGEST_TEXT:
        raise InvalidInput({"text": f"Say what happened, in at most {LONGEST_TEXT:,} characters."})
    if happened_at > now:
        raise InvalidInput({"happened_at": "That is in the future; the timeline tells what happened."})
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse_unless_drafting(postmortem, "add a moment")
        began = postmortem.incident.started_at
        if happened_at < began - DAY:
            text = f"That is more than a day before the outage began ({began:%d %B %Y, %H:%M} UTC)."
            raise InvalidInput({"happened_at": f"{text} Look at the date again."})
        row = AddedMoment.objects.create(
            postmortem=postmortem, happened_at=happened_at, text=text, at=now, by_name=by.name
        )
        data = {"moment": f"added:{row.pk}", "happened_at": happened_at.isoformat()}
        write_down("moment_added", postmortem, by=by, now=now, data=data)
    return row


def _reason(text: str, missing: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_REASON:
        raise InvalidInput({"reason": missing if not text else f"Use at most {LONGEST_REASON} characters."})
    return text
