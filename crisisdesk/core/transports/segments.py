"""How many SMS a text is: alphabet and segments (3GPP TS 23.038 and 23.040). Pure.

GSM-7 holds 160 characters in one segment and 153 in each of several; one character outside it makes the whole text
UCS-2, with 70 and 67. Characters of the extension table count double, and so do those beyond the BMP in UCS-2; neither
is split between two segments.
"""

from __future__ import annotations

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """`units` are septets in GSM-7 and 16-bit units in UCS-2."""

    alphabet: str
    units: int
    count: int


# What writing for print puts in, and what the GSM alphabet has for it.
_PLAINER = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "..."}
    | dict.fromkeys("\u00a0\u202f\u2009\u2007", " ")
    # The letters of French that the alphabet lacks: "10 août" alone made every text of that month twice as long.
    | dict(zip("âêîôûëïÿçÂÊÎÔÛËÏÀÈÙ", "aeioueiycAEIOUEIAEU", strict=True))
    | {"œ": "oe", "Œ": "OE"}
)


def plainer(text: str) -> str:
    """The text with plain quotes, dashes and blanks, and without the accents that the GSM alphabet lacks in French.

    One curly quote or one "û" would make all of it UCS-2, and twice as long.
    """
    return text.translate(_PLAINER)


def count(text: str) -> Segments:
    """Alphabet, length and segments of a text; an empty one is one segment."""
    if all(character in BASIC or character in EXTENSION for character in text):
        return _count("GSM-7", [2 if character in EXTENSION else 1 for character in text], 160, 153)
    return _count("UCS-2", [2 if ord(character) > 0xFFFF else 1 for character in text], 70, 67)


def _count(alphabet: str, sizes: list[int], alone: int, each: int) -> Segments:
    units = sum(sizes)
    if units <= alone:
        return Segments(alphabet, units, 1)
    segments, used = 1, 0
    for size in sizes:
        if used + size > each:
            segments, used = segments + 1, 0
        used += size
    return Segments(alphabet, units, segments)
