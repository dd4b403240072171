"""Text from outside, made fit to be shown: no control characters, no overrides of the reading direction. Pure."""

from __future__ import annotations

import re
import unicodedata

# Bidirectional embeddings, overrides and isolates can make a text read as something else (CVE-2021-42574).
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def one_line(text: str, limit: int) -> str:
    """A title: blanks and line ends become single blanks; cut with an ellipsis at `limit` characters."""
    return _cut(" ".join(_tidy(text).split()), limit)


def several_lines(text: str, limit: int) -> str:
    """A description: line ends and tabs are kept; cut with an ellipsis at `limit` characters."""
    return _cut(_tidy(text.replace("\r\n", "\n").replace("\r", "\n")).strip(), limit)


def _tidy(text: str) -> str:
    return _CONTROLS.sub(" ", _OVERRIDES.sub("", unicodedata.normalize("NFC", text)))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
