"""What incidents know of a contact, and forget when the contact is erased."""

from __future__ import annotations

from customers.models import Contact
from incidents.models import Answer


def forget(contact: Contact) -> None:
    """Remove the contact's own words; that they answered, and how, stays a figure. In the eraser's transaction."""
    Answer.objects.filter(contact=contact).update(comment="")
    Answer.history.filter(contact=contact).update(comment="")
