"""What somebody typed into a search box."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST = 100


def asked_for(given: Mapping[str, str], name: str = "q") -> str:
    """The words, trimmed, at most 100 characters, without NUL, which PostgreSQL refuses in any text."""
    return given.get(name, "").replace("\x00", "").strip()[:LONGEST]
