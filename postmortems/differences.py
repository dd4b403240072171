"""What changed from one published text to the next, word by word: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_PIECE = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, came or went."""

    text: str
    change: Literal["same", "added", "removed"]


def differences(before: str, after: str) -> list[Piece]:
    """The later text with what went and what came, in reading order."""
    return list(_pieces(_PIECE.findall(before), _PIECE.findall(after)))


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    for tag, low, high, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("".join(after[first:last]), "same")
            continue
        if high > low:
            yield Piece("".join(before[low:high]), "removed")
        if last > first:
            yield Piece("".join(after[first:last]), "added")
