"""E-mail addresses as they travel: international domains as A-labels, nothing that could end a command."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

# RFC 5321 §4.5.3.1: 64 octets before the @, 255 after it. No blanks, brackets, quotes or control characters: the
# quoted local parts that RFC 5321 allows are seen in attacks, not in address books.
_LOCAL = re.compile(r"""^[^\s@<>()\[\]\\,;:"\x00-\x1f\x7f-\x9f]+$""")
_LABEL = re.compile(r"^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$")


class UnusableAddress(ValueError):
    """No mail can go to this address; the text does not repeat it."""


@lru_cache(maxsize=4096)
def travelling(address: str) -> str:
    """The address with its domain as A-labels (RFC 5891); the local part is left as it is (RFC 6531).

    Raises UnusableAddress.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not _LOCAL.match(local) or len(local.encode()) > 64:
        raise UnusableAddress("The part of the e-mail address before the @ is not usable.")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise UnusableAddress("The domain of the e-mail address is not usable.") from error
    if len(domain) > 255 or not all(_LABEL.match(label) for label in domain.split(".")):
        raise UnusableAddress("The domain of the e-mail address is not usable.")
    return f"{local}@{domain}"


def needs_smtputf8(*addresses: str) -> bool:
    """Whether one of the travelling addresses can only go to a server that offers SMTPUTF8."""
    return not all(address.isascii() for address in addresses)
