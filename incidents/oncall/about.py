"""What a notification is about, in words for the timeline."""

from __future__ import annotations

from collections.abc import Mapping

from incidents.models import Notification

# By the first part of the occasion's key.
_ABOUT: Mapping[str, str] = {
    "page": "the alert",
    "qualify": "the open decision",
    "declared": "the declaration",
    "type": "the new type",
    "write": "the message to customers",
    "owed": "the first message",
    "promise": "the promised update",
    "vacant": "a vacant role",
    "role": "who leads",
    "executive-request": "the request to executives",
}


def about(notification: Notification) -> str:
    """Such as " about the promised update"; "" for an occasion that has no words of its own."""
    what = _ABOUT.get(notification.key.partition(":")[0], "")
    return f" about {what}" if what else ""
