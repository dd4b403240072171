"""What somebody typed into a search box."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

LONGEST = 100


def asked_for(given: Mapping[str, str], name: str = "q") -> str:
    """The words, trimmed, at most 100 characters, without NUL, which PostgreSQL refuses in any text."""
    return given.get(name, "").replace("\x00", "").strip()[:LONGEST]


def spellings(asked: str) -> tuple[str, ...]:
    """How the words may be written where the database compares capitals: SQLite folds those of ASCII only.

    The words as they are come first, and alone where the database knows "Ö" and "ö" for one letter.
    """
    if connection.vendor != "sqlite" or asked.isascii():
        return (asked,)
    return tuple(dict.fromkeys((asked, asked.lower(), asked.upper(), asked.title())))
