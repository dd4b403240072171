"""Text from outside, made fit to be shown: no control characters, no overrides of the reading direction. Pure."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

# Bidirectional embeddings, overrides and isolates can make a text read as something else (CVE-2021-42574).
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def one_line(text: str, limit: int) -> str:
    """A title: blanks and line ends become single blanks; cut with an ellipsis at `limit` characters."""
    return _cut(" ".join(_tidy(text).split()), limit)


def several_lines(text: str, limit: int) -> str:
    """A description: line ends and tabs are kept; cut with an ellipsis at `limit` characters."""
    return _cut(_tidy(one_line_end(text)).strip(), limit)


def one_line_end(text: str) -> str:
    """The text with one sign at the end of each line: browsers send two (HTML, "Constructing the entry list")."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _tidy(text: str) -> str:
    return _CONTROLS.sub(" ", _OVERRIDES.sub("", unicodedata.normalize("NFC", text)))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def word_changes(old: str, new: str) -> list[dict[str, str]]:
    """Two texts as parts {how: same|gone|added, text}, by words and line ends."""
    before, after = _words(old), _words(new)
    parts: list[dict[str, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append({"how": "same", "text": "".join(before[i1:i2])})
            continue
        parts += [{"how": "gone", "text": "".join(before[i1:i2])}] if i2 > i1 else []
        parts += [{"how": "added", "text": "".join(after[j1:j2])}] if j2 > j1 else []
    return parts


def _words(text: str) -> list[str]:
    found: list[str] = []
    for line in text.splitlines():
        found += [word + " " for word in line.split(" ")]
        found.append("\n")
    return found
