"""Signed, stateless tokens for links, under keys of their own that rotate (`LINK_KEYS`, newest first).

A token carries what its maker put in and the moment it ends (OWASP ASVS 9.2); each purpose has its own salt, so that
a token made for one page opens no other. `SECRET_KEY` is never used: rotating it breaks no link.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest
from math import ceil

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signing import BadSignature, Signer
from django.utils.encoding import force_bytes

# Longer ones are refused before anything is computed.
LONGEST = 500

Field = str | int


class BadToken(Exception):
    """The token is forged, damaged, made for another purpose, or its time is over. Which, it does not say."""


def make_token(purpose: str, fields: Sequence[Field], *, expires_at: datetime) -> str:
    """A token in characters that need no escaping in a URL, good until `expires_at` (rounded up to a second)."""
    return _signer(purpose).sign_object([ceil(expires_at.timestamp()), *fields])


class TokenPress:
    """Makes many tokens for one purpose and end; each is what `make_token` makes, for a tenth of the time."""

    def __init__(self, purpose: str, *, expires_at: datetime) -> None:
        """Raises ImproperlyConfigured without LINK_KEYS."""
        signer = _signer(purpose)
        self._ends = str(ceil(expires_at.timestamp()))
        # As django.utils.crypto.salted_hmac derives it.
        self._key = sha256(force_bytes(signer.salt) + b"signer" + force_bytes(signer.key)).digest()
        self._sep = signer.sep.encode()

    def make(self, *fields: Field) -> str:
        """A token with these fields."""
        said = ",".join([self._ends, *(_quoted(field) if isinstance(field, str) else str(field) for field in fields)])
        value = _encoded(f"[{said}]".encode())
        return (value + self._sep + _encoded(digest(self._key, value, "sha256"))).decode()


# As `json.dumps` writes a text, and base64 as URLs take it, without the detours of their modules.
_quoted = json.encoder.encode_basestring_ascii
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _encoded(value: bytes) -> bytes:
    return b2a_base64(value, newline=False).rstrip(b"=").translate(_URL_SAFE)


def read_token(token: str, purpose: str, *, now: datetime) -> list[Field]:
    """The fields that `make_token` was given for this purpose; raises BadToken."""
    if len(token) > LONGEST:
        raise BadToken
    fields: list[Field]
    try:
        ends, *fields = _signer(purpose).unsign_object(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise BadToken from error
    if now.timestamp() >= ends:
        raise BadToken
    return fields


def _signer(purpose: str) -> Signer:
    keys: list[str | bytes] = list(settings.LINK_KEYS)
    if not keys:
        raise ImproperlyConfigured("LINK_KEYS is empty: set at least one long random key to sign links with.")
    return Signer(key=keys[0], fallback_keys=keys[1:], salt=f"crisisdesk.link.{purpose}", sep=".")
