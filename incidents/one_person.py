"""What incidents carry over when two contacts of a customer turn out to be one person.

Whoever was told of an incident as the one counts as told as the other, so that the next message reaches them once and
the end reaches them at all. Who was left out by hand as one of the two, and heard as the other, goes on hearing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from crisisdesk.core.actors import Actor
from customers.models import Contact, Delivery, DeliveryState
from incidents.locking import save
from incidents.models import AudienceAdjustment, CarriedOver, Incident, Status, Update
from incidents.recipients import told_of
from incidents.scope import audience_of
from incidents.timeline import Kind, entry


def carry_over(keep: Contact, gone: Contact, by: Actor, now: datetime) -> None:
    """Let what incidents know of `gone` count for `keep`; in the transaction of the merge.

    Locks every open incident: a message that is being written at this moment knows both, or one.
    """
    was_sent = Delivery.objects.filter(contact=gone).exclude(state=DeliveryState.SUPPRESSED).order_by()
    told = Q(pk__in=Update.objects.filter(message__in=was_sent.values("message")).values("incident"))
    carried = Q(pk__in=CarriedOver.objects.filter(contact=gone).values("incident"))
    rows = Incident.objects.select_for_update(of=("self",), no_key=True)
    for incident in rows.filter(told | carried | ~Q(status=Status.RESOLVED)).order_by("pk"):
        is_new = _count_as_told(incident, keep, gone, now)
        if is_new:
            incident.joined_at = now
            save(incident, by=by, now=now, reason="contacts merged")
        is_adjusted = incident.is_open and _adjust(incident, keep, gone, by, now)
        if is_new or is_adjusted:
            text = f"Two contacts of {keep.customer} are one person: who was told as either goes on hearing, once."
            data = {"contact": keep.pk, "merged": gone.pk}
            entry(Kind.CHANGE, text, incident=incident, by=by, now=now, data=data)


def _count_as_told(incident: Incident, keep: Contact, gone: Contact, now: datetime) -> bool:
    """True when `keep` was told nothing here so far, and `gone` was."""
    columns = ("pk", "reason")
    found: Any = told_of(incident).filter(pk__in=(keep.pk, gone.pk)).values_list(*columns)
    reasons: dict[int, str | None] = dict(found)
    if gone.pk not in reasons or keep.pk in reasons:
        return False
    values = {"came_from": incident, "is_gone": False, "reason": reasons[gone.pk] or "", "at": now}
    return CarriedOver.objects.get_or_create(incident=incident, contact=keep, defaults=values)[1]


def _adjust(incident: Incident, keep: Contact, gone: Contact, by: Actor, now: datetime) -> bool:
    """Whoever hears as one of the two hears as the one who stays; True when that took a change by hand."""
    made = {row.contact_id: row for row in incident.adjustments.filter(contact__in=(keep, gone))}
    mine, theirs = made.get(keep.pk), made.get(gone.pk)
    if theirs is not None and theirs.is_included and mine is None:
        AudienceAdjustment.objects.create(
            incident=incident,
            contact=keep,
            is_included=True,
            reason=theirs.reason,
            made_at=theirs.made_at,
            made_by_name=theirs.made_by_name,
        )
        return True
    if mine is None or mine.is_included or (theirs is not None and not theirs.is_included):
        return False
    hears = audience_of(incident).members().filter(pk=gone.pk).exists()
    if not hears and not told_of(incident).filter(pk=gone.pk).exists():
        return False
    mine.is_included, mine.made_at, mine.made_by_name = True, now, by.name
    mine.reason = "the same person as a contact who is told"
    mine.save()
    return True
