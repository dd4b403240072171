"""A person's data is erased on request; what was done stays, without them in it.

The contact's row, its history, the addresses on deliveries, what mail systems answered and notes of calls lose
whatever names the person. Ids, times, states and reasons stay, so that the ledger and the audit still add up: the
audit never held personal data. Of each address a keyed digest is kept, so that an import of an old file does not bring
the person back. Other parts add what they know of a contact with `register`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models.saved_link import SavedLink
from crisisdesk.core.refusals import InvalidInput, WrongState
from crisisdesk.core.transports.addresses import UnusableAddress, travelling
from customers import free_text
from customers.addresses import normalise_email
from customers.delivery.wake import wake_sender
from customers.models import (
    AddressConfirmation,
    CallRecord,
    Contact,
    Delivery,
    DeliveryEvent,
    ErasedAddress,
    ImportedRow,
    Preference,
    Suppression,
)
from customers.models.delivery import OPEN_STATES

ERASED = "Erased person"
# RFC 2606: never a mailbox.
NOWHERE = "erased-{pk}@erased.invalid"

Eraser = Callable[[Contact], None]
_erasers: list[Eraser] = []


def register(eraser: Eraser) -> None:
    """Have `eraser` remove what another part knows of a contact, in the transaction. Called when an app is ready."""
    if eraser not in _erasers:
        _erasers.append(eraser)


def erase_contact(contact: Contact, *, reason: str, by: Actor, now: datetime, places: Collection[int] = ()) -> Contact:
    """Erase what is known of a person for good. They are written to no more, and their links end.

    `places` are the keys of texts (`free_text`) in which their names go too; their addresses go from all of them.
    `reason` goes into the audit trail, so it names nobody. Raises NotAllowed; InvalidInput without a reason or with an
    address in it; WrongState when it was done before, or while a message to them is being handed over.
    """
    require(by, Act.EDIT_CUSTOMERS)
    if not reason.strip():
        raise InvalidInput({"reason": "Say why, such as “asked for it by letter”; it is kept in the audit trail."})
    if "@" in reason:
        raise InvalidInput({"reason": "Leave names and addresses out of the reason: it is kept for good."})
    with transaction.atomic():
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
        if contact.erased_at is not None:
            raise WrongState(f"This person was erased on {contact.erased_at:%d %B %Y} already.")
        if contact.merged_into is not None and not contact.is_active:
            raise WrongState(f"This is a part of contact {contact.merged_into_id} now. Erase that one: both go.")
        rows = list(Contact.objects.select_for_update(of=("self",)).same_person(contact).order_by("pk"))
        if Delivery.objects.filter(contact__in=rows, state__in=OPEN_STATES).exists():
            raise WrongState(
                "A message to this person is on its way. Stop it or wait until it has left, then erase; "
                "otherwise nobody could say what became of it."
            )
        words = free_text.words_of(contact)
        for row in rows:
            _erase(row, by=by, now=now)
        free_text.redact(words, places, by=by, now=now)
        audit.record("contact.erased", by=by, now=now, on=contact, data={"reason": reason.strip()[:200]})
        wake_sender()
    contact.refresh_from_db()
    return contact


def _erase(contact: Contact, *, by: Actor, now: datetime) -> None:
    addresses = _addresses(contact)
    _empty(contact, by=by, now=now)
    _empty_traces(contact, addresses)
    marks = [ErasedAddress(mark=mark_of(address), at=now) for address in sorted(addresses)]
    ErasedAddress.objects.bulk_create(marks, ignore_conflicts=True)
    for eraser in _erasers:
        eraser(contact)


def mark_of(address: str) -> str:
    """The digest by which an erased address is known again; its key is the secret key of this installation."""
    return _digest(normalise_email(address))


def marks_of(address: str) -> set[str]:
    """As `mark_of`, and the digest of an international domain as it travels, as one was made before."""
    with suppress(UnusableAddress):
        return {mark_of(address), _digest(travelling(address))} if not address.isascii() else {mark_of(address)}
    return {mark_of(address)}


def _digest(address: str) -> str:
    return salted_hmac("customers.erasing", address.lower(), algorithm="sha256").hexdigest()


def _addresses(contact: Contact) -> set[str]:
    """Every address the person ever had here."""
    known = [*contact.history.values_list("email", "phone"), (contact.email, contact.phone)]
    used = Delivery.objects.filter(contact=contact).values_list("address", flat=True)
    return {address for pair in known for address in pair if address} | set(used)


def _empty(contact: Contact, *, by: Actor, now: datetime) -> None:
    nowhere = NOWHERE.format(pk=contact.pk)
    contact.name, contact.email, contact.phone = ERASED, nowhere, ""
    contact.wants_email = contact.wants_sms = contact.is_active = False
    contact.preference, contact.erased_at = Preference.NONE, now
    contact.link_version += 1
    stamp(contact, by=by, now=now, reason="erased on request")
    contact.save()
    contact.history.update(name=ERASED, email=nowhere, phone="")


def _empty_traces(contact: Contact, addresses: set[str]) -> None:
    deliveries = Delivery.objects.filter(contact=contact)
    deliveries.update(address=NOWHERE.format(pk=contact.pk))
    DeliveryEvent.objects.filter(delivery__in=deliveries).exclude(text="").update(text="")
    CallRecord.objects.filter(contact=contact).update(spoke_with="", note="")
    AddressConfirmation.objects.filter(contact=contact).delete()
    ImportedRow.objects.filter(kind="contact", object_id=contact.pk).update(before={})
    # What somebody else still receives at the same address stays suppressed.
    others = Contact.objects.exclude(pk=contact.pk)
    for address in addresses:
        # A search for them that somebody saved.
        in_path = Q(path__icontains=address) | Q(path__icontains=quote(address, safe=""))
        SavedLink.objects.filter(in_path).delete()
        if not others.at(address).exists() and not others.filter(phone=address).exists():
            Suppression.objects.filter(address=normalise_email(address).lower()).delete()
