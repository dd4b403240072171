"""What one cell means. Each function returns the value or raises ValueError with the reason, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import phonenumbers
from django.core.exceptions import ValidationError

from crisisdesk.core.zones import known_zones
from customers.addresses import normalise_email, normalise_phone, validate_address
from customers.languages import language_choices
from customers.models import Contact, Customer, Tier

# From this many digits on, a number without + is taken for one with its country code, if such a number exists.
DIGITS_WITH_COUNTRY = 11
# So many known values are named beside a word that is none of them.
LISTED = 8


def one_of(word: str, known: Mapping[str, str], what: str) -> str:
    """The value that a word means, whatever its capitals; `known` maps lower-case words to values."""
    if word.lower() in known:
        return known[word.lower()]
    close = get_close_matches(word.lower(), known, n=1)
    names = sorted(set(known.values()))
    some = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
    hint = f" Did you mean {known[close[0]]}?" if close else f" Known: {some}."
    raise ValueError(f"There is no {what} “{word}”.{hint if known else ''}")


def text(value: str, field: str, model: type[Customer | Contact]) -> str:
    """The value, unless it is longer than the column."""
    limit = getattr(model._meta.get_field(field), "max_length", None) or len(value)
    if len(value) > limit:
        raise ValueError(f"{field} is longer than {limit} characters.")
    return value


def email(value: str) -> str:
    """An e-mail address in its normal spelling."""
    address = normalise_email(value)
    try:
        validate_address(address)
    except ValidationError as error:
        raise ValueError(f"“{value}” is not an e-mail address.") from error
    return text(address, "email", Contact)


def phone(value: str) -> str:
    """A telephone number in E.164. A spreadsheet may have dropped the +, which is put back where that is certain."""
    if value.isdecimal() and not value.startswith("0"):
        return _phone_without_plus(value)
    if "e+" in value.lower():
        raise ValueError(f"The spreadsheet has shortened the phone number to “{value}”. Format the column as text.")
    try:
        return normalise_phone(value)
    except ValidationError as error:
        raise ValueError(error.messages[0]) from error


def _phone_without_plus(digits: str) -> str:
    """Digits alone are a national number as often as not; only a long one that exists with a + is accepted."""
    if len(digits) >= DIGITS_WITH_COUNTRY:
        try:
            parsed = phonenumbers.parse(f"+{digits}", None)
        except phonenumbers.NumberParseException:
            parsed = None
        if parsed is not None and phonenumbers.is_valid_number(parsed):
            return normalise_phone(f"+{digits}")
    raise ValueError(f"The phone number {digits} lacks its country code. Write it as text, such as +14155550123.")


def language(value: str) -> str:
    """A language that messages can be written in: its code, or its name."""
    known = {code.lower(): code for code, _ in language_choices()}
    names = {name.lower(): code for code, name in language_choices()}
    short = value.lower().replace("_", "-").partition("-")[0]
    found = known.get(value.lower()) or names.get(value.lower()) or known.get(short)
    if found is None:
        raise ValueError(f"Messages cannot be written in “{value}”. Languages: {', '.join(known)}.")
    return found


def time_zone(value: str) -> str:
    """An IANA time zone, whatever its capitals. A city alone is no zone, but it is enough to suggest one."""
    if value in known_zones():
        return value
    known = {zone.lower(): zone for zone in known_zones()}
    word = value.lower().replace(" ", "_")
    if word in known:
        return known[word]
    cities = {name.rpartition("/")[2]: zone for name, zone in sorted(known.items(), reverse=True) if "/" in name}
    close = get_close_matches(word, known, n=1, cutoff=0.8) or get_close_matches(word, cities, n=1, cutoff=0.8)
    hint = (
        f"Did you mean {known.get(close[0]) or cities[close[0]]}?"
        if close
        else "Use an IANA name such as Europe/Berlin."
    )
    raise ValueError(f"There is no time zone “{value}”. {hint}")


def tier(value: str) -> str:
    """A tier by its value or its label."""
    return one_of(
        value, {str(word).lower(): choice for choice, label in Tier.choices for word in (choice, label)}, "tier"
    )
