"""Passwords of the demonstration's people: made once for each installation, kept in its directory."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from pathlib import Path

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


def logins(directory: Path, usernames: Iterable[str]) -> dict[str, str]:
    """A password for each name; the same at every start."""
    path = directory / "logins.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    found = {name: known.get(name) or make_password() for name in usernames}
    if found != known:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(json.dumps(found, indent=1) + "\n")
    return found


def make_password() -> str:
    """Something that can be read out and typed, such as "mulo-pika-retu-vaso": 49 random bits."""
    return "-".join("".join(secrets.choice(letters) for letters in (_CONSONANTS, _VOWELS) * 2) for _ in range(4))
