"""Files that a notification carries: whoever writes notifications of an occasion registers what goes with them.

So reports are mailed to staff without this part knowing reports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from incidents.models import Notification


@dataclass(frozen=True, slots=True)
class File:
    """A file of a mail: `content_type` such as "application/pdf"."""

    name: str
    content_type: str
    data: bytes


Maker = Callable[[Notification], File | None]
_makers: dict[str, Maker] = {}


def register(occasion: str, maker: Maker) -> None:
    """Have mails whose key begins with "OCCASION:" carry what `maker` returns. Called once, when an app is ready."""
    _makers[occasion] = maker


def file_of(notification: Notification) -> File | None:
    """The file that goes with a notification; None for nearly all."""
    maker = _makers.get(notification.key.partition(":")[0])
    return maker(notification) if maker else None
