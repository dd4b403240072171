"""The directory that holds one demonstration, used by one process at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class InUse(Exception):
    """Another demonstration runs from this directory."""


def opened(path: Path) -> Path:
    """The directory, made when it is missing, for its owner only; as an absolute path."""
    directory = path.expanduser().resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def lock(directory: Path) -> int:
    """Take the directory until this process ends, an `exec` survived; returns the file's number. Raises InUse."""
    number = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(number)
        raise InUse(f"The demonstration is running from {directory} already.") from error
    os.set_inheritable(number, True)
    return number
