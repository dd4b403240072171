"""Addresses of people in one spelling: e-mail as RFC 5321 compares it, telephone numbers as E.164."""

from __future__ import annotations

import phonenumbers
from django.core.exceptions import ValidationError


def normalise_email(address: str) -> str:
    """The address trimmed, its domain in lower case (RFC 5321 §2.4: only the local part may be case-sensitive)."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def normalise_phone(number: str) -> str:
    """The number in E.164, such as +14155550123; an empty text stays empty.

    Raises ValidationError unless it is a possible number written with its country code.
    """
    text = number.strip()
    if not text:
        return ""
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise ValidationError(
            f"“{number}” is not a telephone number with its country code. Write it as +14155550123."
        ) from error
    if not phonenumbers.is_possible_number(parsed):
        raise ValidationError(f"“{number}” is too short or too long for a telephone number of its country.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
