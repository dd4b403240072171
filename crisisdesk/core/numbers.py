"""Numbers that come as text: from addresses, forms and files of strangers."""

from __future__ import annotations

# Whatever has no more digits fits a 64-bit column.
DIGITS = 18


def whole_number(text: str) -> int | None:
    """The whole number that the ASCII digits say, such as "42"; None for all else, an over-long one included.

    `str.isdigit` alone takes "²" for a digit, which `int` then refuses.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None
