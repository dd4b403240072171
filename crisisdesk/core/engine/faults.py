"""What may be written down about an exception: its kind and its place, never its message, which may quote a person."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from django.db import InterfaceError, OperationalError

# The database is away, locked or restarting: no fault of the work, which is tried again on a new connection.
DATABASE_AWAY = (OperationalError, InterfaceError)


def place_of(error: BaseException) -> str:
    """Such as "IntegrityError at delivery/claim.py:42 in claim", from the innermost frame of our own or a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    kind = type(error).__name__
    if not frames:
        return kind
    inner = next((frame for frame in reversed(frames) if "site-packages" not in frame.filename), frames[-1])
    path = PurePath(inner.filename)
    return f"{kind} at {path.parent.name}/{path.name}:{inner.lineno} in {inner.name}"
