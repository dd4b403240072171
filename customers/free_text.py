"""Where a person who asks to be erased is named in free text that the console does not edit: found, shown, redacted.

Parts that keep such text register how they find it and how they redact it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crisisdesk.core.actors import Actor
from customers.models import Contact

# Stands in place of each word; a trigger lets text change only to text that has it.
MARK = "[erased]"
# Shorter names, such as a single letter, would be found everywhere.
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Place:
    """One text in which they are named."""

    key: int
    where: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Words:
    """What names a person: addresses name nobody else, names may."""

    addresses: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Both, the longest first, so that a part of one leaves nothing of it."""
        return tuple(sorted({*self.addresses, *self.names}, key=lambda word: (-len(word), word)))

    def redacted(self, text: str, words: Sequence[str]) -> str:
        """The text with the mark in place of each of these words, whole words only, capitals not counted."""
        for word in words:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", MARK, text, flags=re.IGNORECASE)
        return text


class FreeText(Protocol):
    """A part that keeps free text."""

    def find(self, words: Words, by: Actor) -> list[Place]:
        """The texts, of those that this person may know of, in which one of the words stands."""

    def redact(self, words: Words, keys: Collection[int], by: Actor, now: datetime) -> None:
        """Put the mark in place of all words in these texts, and of addresses in every text. In a transaction."""


_kept: list[FreeText] = []


def register(part: FreeText) -> None:
    """Called when an app is ready."""
    if part not in _kept:
        _kept.append(part)


def words_of(contact: Contact) -> Words:
    """What the person was ever called here, and every address of theirs in rows and their histories."""
    names: set[str] = set()
    addresses: set[str] = set()
    for row in Contact.objects.same_person(contact):
        known = {(row.name, row.email, row.phone), *row.history.values_list("name", "email", "phone")}
        names |= {name.strip() for name, _, _ in known}
        addresses |= {address for _, email, phone in known for address in (email, phone) if address}
    return Words(tuple(sorted(addresses)), tuple(sorted(name for name in names if len(name) >= SHORTEST)))


def places(words: Words, by: Actor) -> list[Place]:
    """Every text of every part, for the person who is about to erase."""
    return [place for part in _kept for place in part.find(words, by)]


def redact(words: Words, keys: Collection[int], *, by: Actor, now: datetime) -> None:
    """As the parts say, inside the caller's transaction."""
    for part in _kept:
        part.redact(words, keys, by, now)
