"""Addresses of people in one spelling: e-mail as RFC 5321 compares it, telephone numbers as E.164."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import idna
import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

# Fewer digits would find half of everybody.
SHORTEST_NUMBER = 6
LONGEST_LOCAL_PART = 64  # octets, RFC 5321 §4.5.3.1.1
# What a label of an international domain begins with as it travels.
A_LABEL = "xn--"


def normalise_email(address: str) -> str:
    """The address trimmed, its domain in lower case (RFC 5321 §2.4: only the local part may be case-sensitive).

    Accents are composed, in the form that mail systems expect (RFC 6532 §3.1). An international domain is written in
    its own letters: xn--mller-kva.example is müller.example (RFC 5890 §2.3.2.1).
    """
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    domain = domain.lower()
    if at and (not domain.isascii() or A_LABEL in domain):
        domain = _in_its_own_letters(domain)
    return f"{local}{at}{domain}"


@lru_cache(maxsize=4096)
def _in_its_own_letters(domain: str) -> str:
    """The domain as U-labels; as it is when it is none that can be looked up."""
    try:
        return idna.decode(idna.encode(domain, uts46=True))
    except idna.IDNAError:
        return domain


def mailbox_of(address: str) -> str:
    """What several spellings of one mailbox have in common: without capitals, and without what follows a plus.

    Whether they truly are one is for the mail system to say (RFC 5233 §1): fit to ask a person, not to decide.
    """
    local, at, domain = normalise_email(address).casefold().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


class AddressValidator(EmailValidator):
    """Django's rule, and letters, marks and digits of every script before the @ (RFC 6531, SMTPUTF8).

    Other signs beyond ASCII are refused as before: invisible ones and look-alikes of punctuation are no one's address.
    """

    def __call__(self, value: str | None) -> None:
        """Raises ValidationError."""
        local, at, domain = (value or "").rpartition("@")
        if not local.isascii() and len(local.encode()) <= LONGEST_LOCAL_PART:
            value = "".join(map(_as_ascii, local)) + at + domain
        super().__call__(value)


validate_address = AddressValidator()


def _as_ascii(sign: str) -> str:
    is_word = not sign.isascii() and unicodedata.category(sign)[0] in "LMN"
    return "x" if is_word else sign


def number_asked_for(asked: str) -> str:
    """The digits of a telephone number that somebody typed to find it, however written; "" when it is none.

    Without what stands for "abroad" or "within the country", so that it is the end of the number as it is kept.
    """
    signs = asked.strip().replace("(0)", "")
    digits = "".join(sign for sign in signs if sign.isdecimal()).lstrip("0")
    is_number = all(sign.isdecimal() or sign in " +-()./" for sign in signs)
    return digits if is_number and len(digits) >= SHORTEST_NUMBER else ""


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
