"""One line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. `warn` may be meant so; `fail` keeps messages from their readers or secrets from being secret."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is a word or two, `text` a sentence, `hint` what to do; neither holds a secret or a person's address."""

    level: Level
    about: str
    text: str
    hint: str = ""


def ok(about: str, text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, about, text)


def warn(about: str, text: str, hint: str) -> Finding:
    """Somebody should look at it."""
    return Finding(Level.WARN, about, text, hint)


def fail(about: str, text: str, hint: str) -> Finding:
    """It does not work, or is not safe."""
    return Finding(Level.FAIL, about, text, hint)
