"""The public key of an X.509 certificate, and RSA signatures checked with it (RFC 8017 §8.2.2). Pure.

For signatures over data that came by HTTPS from whom it names; nothing here trusts a certificate.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from dataclasses import dataclass

_SEQUENCE, _INTEGER, _BITS, _VERSION = 0x30, 0x02, 0x03, 0xA0
_RSA = bytes.fromhex("2a864886f70d010101")
# DER of DigestInfo up to the digest, RFC 8017 §9.2.
_DIGEST_INFO = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}
_SMALLEST_BITS = 1024


class BadCertificate(ValueError):
    """It cannot be read, or holds no RSA key that is worth checking by."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    """Modulus and exponent."""

    modulus: int
    exponent: int

    def has_signed(self, data: bytes, signature: bytes, digest: str) -> bool:
        """Whether `signature` is one of this key over `data`; `digest` is "sha1" or "sha256"."""
        length = (self.modulus.bit_length() + 7) // 8
        if len(signature) != length or int.from_bytes(signature) >= self.modulus:
            return False
        found = pow(int.from_bytes(signature), self.exponent, self.modulus).to_bytes(length)
        info = _DIGEST_INFO[digest] + hashlib.new(digest, data, usedforsecurity=False).digest()
        return hmac.compare_digest(found, b"\x00\x01" + b"\xff" * (length - len(info) - 3) + b"\x00" + info)


def rsa_key_of(pem: str) -> RsaKey:
    """The public key in the first certificate of a PEM text. Raises BadCertificate."""
    try:
        certificate = _children(_children(ssl.PEM_cert_to_DER_cert(pem.strip()))[0][1])
        signed = _children(certificate[0][1])
        # Version (optional), serial, algorithm, issuer, validity, subject, key (RFC 5280 §4.1).
        holder = signed[6 if signed[0][0] == _VERSION else 5]
        algorithm, bits = _children(holder[1])
        if _children(algorithm[1])[0][1] != _RSA or bits[0] != _BITS:
            raise BadCertificate("The certificate holds no RSA key.")
        (modulus_tag, modulus), (exponent_tag, exponent) = _children(_children(bits[1][1:])[0][1])
    except (ValueError, IndexError) as error:
        raise BadCertificate("The certificate cannot be read.") from error
    key = RsaKey(int.from_bytes(modulus), int.from_bytes(exponent))
    if (modulus_tag, exponent_tag) != (_INTEGER, _INTEGER) or key.modulus.bit_length() < _SMALLEST_BITS:
        raise BadCertificate("The certificate's key is too short.")
    return key


def _children(der: bytes) -> list[tuple[int, bytes]]:
    """(tag, content) of each element, one after another."""
    found, at = [], 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(der[at : at + size]), at + size
        if at + length > len(der):
            raise ValueError("It ends too early.")
        found.append((tag, der[at : at + length]))
        at += length
    return found
