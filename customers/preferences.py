"""Which messages a contact wants, as chosen by the contact behind a signed link."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput
from customers.delivery.consent import CHOSE_START_AND_END
from customers.models import Contact, DeliveryState, Preference

# Of deliveries: what lies between start and end, for a contact who wants these only.
CHOSEN = Q(state=DeliveryState.SUPPRESSED, state_reason=CHOSE_START_AND_END)


def choose(contact: Contact, preference: str, *, now: datetime) -> Contact:
    """Set the preference; choosing what stands already changes nothing. Raises InvalidInput for an unknown one.

    The holder of the signed link is the actor. It counts for everything claimed from now on, also for messages
    that are being sent.
    """
    if preference not in Preference.values:
        raise InvalidInput({"preference": "Choose all updates, start and end only, or none."})
    by = Actor("token", f"contact {contact.pk}", contact.pk)
    with transaction.atomic():
        contact = Contact.objects.select_for_update(of=("self",)).select_related("customer").get(pk=contact.pk)
        before = contact.preference
        if before == preference:
            return contact
        contact.preference = preference
        stamp(contact, by=by, now=now, reason="Chosen behind a signed link")
        contact.save(update_fields=["preference"])
        audit.record("contact.preference_chosen", by=by, now=now, on=contact, data={"from": before, "to": preference})
    return contact


def unsubscribe(contact: Contact, *, now: datetime) -> Contact:
    """One-click unsubscribe (RFC 8058): start and end of an incident only, which a customer cannot opt out of.

    Somebody who chose to get nothing at all stays with that.
    """
    if contact.preference == Preference.NONE:
        return contact
    return choose(contact, Preference.START_AND_END, now=now)
