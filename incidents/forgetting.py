"""What incidents know of a contact, and forget when the contact is erased."""

from __future__ import annotations

from customers.models import Contact, Delivery
from incidents.models import Answer, AudienceAdjustment


def forget(contact: Contact) -> None:
    """Remove the contact's own words; that they answered, and how, stays a figure. In the eraser's transaction."""
    Answer.objects.filter(contact=contact).update(comment="")
    Answer.history.filter(contact=contact).update(comment="")
    # Why somebody was added or left out is written by hand, and may name them.
    AudienceAdjustment.objects.filter(contact=contact).update(reason="")
    Delivery.objects.filter(contact=contact, reason__startswith="added by ").update(reason="added by hand")
