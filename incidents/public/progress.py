"""What one contact was told of one incident: all that the progress page may show (Step 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from customers.models import Contact, DeliveryState
from incidents.models import DATED_KINDS, Incident, Status, Update, UpdateKind

# Handed over, or being handed over. What is still queued may yet be stopped, so nobody has been told of it.
_TOLD = (
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.COMPLAINED,
    DeliveryState.BOUNCED,
    DeliveryState.UNCONFIRMED,
)
# The beginning of the keys of customer editions; what was imported has no message either.
ON_PAGES = "postmortem:"
# These say something besides the state of things.
_ASIDE = (UpdateKind.CORRECTION, UpdateKind.POSTMORTEM)


@dataclass(frozen=True, slots=True)
class Told:
    """The messages of one incident that went to one contact, newest first; at least one."""

    updates: tuple[Update, ...]
    reason: str

    @property
    def incident(self) -> Incident:
        """The incident they are about."""
        return self.updates[0].incident

    @property
    def standing(self) -> Update:
        """The newest message that says how things stand."""
        return next((update for update in self.updates if update.kind not in _ASIDE), self.updates[0])

    @property
    def status(self) -> str:
        """The status they were told; what the desk knows beyond it, they hear in the next message."""
        return self.standing.status

    @property
    def is_open(self) -> bool:
        """Until they were told of the end."""
        return self.status != Status.RESOLVED

    @property
    def next_update_at(self) -> datetime | None:
        """When they were promised the next message; None after the end."""
        if not self.is_open:
            return None
        return next((update.next_update_at for update in self.updates if update.kind in DATED_KINDS), None)

    @property
    def concern(self) -> str:
        """What of theirs is affected, such as "Payments API in eu-west"; "" when a person added them by hand."""
        return self.reason.removeprefix("uses ") if self.reason.startswith("uses ") else ""


def told(contact: Contact, thread_key: str) -> Told | None:
    """What the contact was told in the thread, and what was put on their pages since; None when nothing was.

    One query, and another when something was.
    """
    rows = (
        Update.objects.filter(
            message__thread_key=thread_key,
            message__deliveries__contact=contact,
            message__deliveries__state__in=_TOLD,
        )
        .annotate(reason=F("message__deliveries__reason"))
        .select_related("incident", "template")
        .order_by("-number")
        .distinct()
    )
    updates = tuple(rows)
    if not updates:
        return None
    # An account that no mail carried stands on the page of everybody who was told of the incident.
    on_pages = Update.objects.filter(
        incident=updates[0].incident_id, kind=UpdateKind.POSTMORTEM, message=None, key__startswith=ON_PAGES
    ).select_related("incident")
    both = sorted([*updates, *on_pages], key=lambda update: -update.number)
    return Told(tuple(both), _reason(updates))


def _reason(updates: tuple[Update, ...]) -> str:
    """The newest reason that follows from what they use."""
    reasons = [str(getattr(update, "reason", "")) for update in updates]
    return next((reason for reason in reasons if reason.startswith("uses ")), "")
