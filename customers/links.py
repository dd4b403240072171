"""Signed links for customers: for one purpose, one contact, until a date (`core.signed` signs them).

A token carries the contact, the contact's link version, a subject such as "INC-42" and its expiry, and dies with the
link version. The purpose is also the name of the URL that opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from crisisdesk.core.signed import BadToken, TokenPress, make_token, read_token
from customers.models import Contact

UNSUBSCRIBE = "unsubscribe"
PREFERENCES = "preferences"
ANSWER = "answer"
CONFIRM = "confirm_address"
# Links of a drill change nothing for the customer they name.
DRILL = "drill"


class BadLink(Exception):
    """The link opens nothing: damaged, forged, made for something else, expired or called back."""


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a valid link says: whom it was made for, and about what."""

    contact: Contact
    subject: str


def make(purpose: str, contact: Contact, subject: str, expires_at: datetime) -> str:
    """A token for one contact. Raises ImproperlyConfigured without LINK_KEYS."""
    return make_for(purpose, contact.pk, contact.link_version, subject, expires_at)


def make_for(purpose: str, contact_id: int, link_version: int, subject: str, expires_at: datetime) -> str:
    """As `make`, for whoever has the columns and not the row."""
    return make_token(_salt(purpose), [contact_id, link_version, subject], expires_at=expires_at)


class LinkPress:
    """Makes the links of one message for many contacts: one purpose, one subject, one end."""

    def __init__(self, purpose: str, subject: str, expires_at: datetime, *, opens: str = "") -> None:
        """`opens` is the page that shows it, unless it has the purpose's name. Raises ImproperlyConfigured."""
        self._press = TokenPress(_salt(purpose), expires_at=expires_at)
        self._subject = subject
        self._before, _, self._after = address(opens or purpose, "TOKEN").partition("TOKEN")

    def make(self, contact_id: int, link_version: int) -> str:
        """The absolute URL for a contact."""
        return f"{self._before}{self._press.make(contact_id, link_version, self._subject)}{self._after}"


def read(token: str, purpose: str, now: datetime) -> SignedLink:
    """The active contact and the subject behind a token; raises BadLink."""
    try:
        contact_id, link_version, subject = read_token(token, _salt(purpose), now=now)
    except (BadToken, ValueError) as error:
        raise BadLink from error
    active = Contact.objects.active().select_related("customer")
    contact = active.filter(pk=contact_id, link_version=link_version).first()
    if contact is None:
        # Somebody who was merged with another contact goes on reading: the one who stays is the same person.
        part = {"merged__pk": contact_id, "merged__link_version": link_version, "merged__is_active": False}
        contact = active.filter(**part).first()
    if contact is None:
        raise BadLink
    return SignedLink(contact, str(subject))


def address(purpose: str, token: str) -> str:
    """The absolute URL that opens a token. Raises NoReverseMatch when no page has the purpose's name."""
    return f"{settings.BASE_URL}{reverse(purpose, args=[token])}"


def _salt(purpose: str) -> str:
    return f"customers.{purpose}"
