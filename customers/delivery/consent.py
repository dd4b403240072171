"""Whether a queued delivery may still go: looked at again at the moment it is claimed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from customers.models import Channel, Preference

START = "initial"
# Asked for by a person, one contact at a time.
CONFIRMATION = "confirm"
# What a contact who wants start and end only gets; the report that the final message announces belongs to the end. A
# correction goes to those who got what was wrong, and nobody is left with it.
START_AND_END_KINDS = frozenset({START, "final", "postmortem", "correction", CONFIRMATION})
CHOSE_NOTHING = "The contact chose to get no messages."
CHOSE_START_AND_END = "The contact chose start and end only."
# The contact's own choice, behind a signed link or told to us: neither a failure nor anybody's task.
OWN_WISHES = (CHOSE_NOTHING, CHOSE_START_AND_END)
SUPERSEDED = "A newer message of the same incident took its place."
# Held back, and nothing is missing.
NOT_NEEDED = (*OWN_WISHES, SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Consent:
    """What stands about a contact now."""

    contact_is_active: bool
    customer_is_active: bool
    wants_channel: bool
    preference: str


def objection(
    consent: Consent, *, kind: str, address: str, suppressed: Mapping[str, str], channel: str = Channel.EMAIL
) -> str:
    """Why the delivery may not go, in plain words; empty when it may.

    `suppressed` maps an address in lower case to the reason it is not written to any more.
    """
    if not consent.customer_is_active:
        return "The customer is no longer served."
    if not consent.contact_is_active:
        return "The contact is no longer active."
    if not consent.wants_channel:
        return f"The contact does not want {Channel(channel).label}."
    if consent.preference == Preference.NONE:
        return CHOSE_NOTHING
    if not wanted(consent.preference, kind):
        return CHOSE_START_AND_END
    if reason := suppressed.get(address.lower()):
        return f"The address is not written to any more: {reason}"
    return ""


def wanted(preference: str, kind: str) -> bool:
    """False when the contact asked for start and end only, and a message of this kind is neither."""
    return preference != Preference.START_AND_END or kind in START_AND_END_KINDS
