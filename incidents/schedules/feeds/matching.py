"""Whom a calendar means: by e-mail address, else by the whole name. Pure; nobody is guessed from a part of a name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PARTS = re.compile(r"\s+[-–—|/]\s+|[:(),;\[\]<>]")


@dataclass(frozen=True, slots=True)
class Known:
    """A person who may be meant."""

    pk: int
    name: str
    email: str
    username: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """The people by what a calendar may call them; a name that two of them have means nobody."""

    by_word: Mapping[str, frozenset[int]]
    names: Mapping[str, int]

    @classmethod
    def of(cls, people: Iterable[Known]) -> Directory:
        """Made once for a feed."""
        words: dict[str, set[int]] = defaultdict(set)
        names: dict[str, int] = {}
        for person in people:
            for word in (person.email, person.name, person.username):
                if word:
                    words[_plain(word)].add(person.pk)
            names[_plain(person.name)] = person.pk
        return cls({word: frozenset(pks) for word, pks in words.items()}, names)

    def find(self, label: str, also: Iterable[str] = ()) -> int | None:
        """The one person whom these texts name, or None."""
        for text in (label, *also):
            for part in (text, *_PARTS.split(text)):
                found = self.by_word.get(_plain(part), frozenset())
                if len(found) == 1:
                    return next(iter(found))
        inside = {
            pk
            for text in (label, *also)
            for name, pk in self.names.items()
            if len(self.by_word[name]) == 1
            and " " in name
            and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", _plain(text))
        }
        return next(iter(inside)) if len(inside) == 1 else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
