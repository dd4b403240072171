"""Plain words for what became of a delivery."""

from __future__ import annotations

from customers.delivery.consent import OWN_WISHES, SUPERSEDED
from customers.models import DeliveryState

# State -> what it means to a person who has not seen the word before; tone and icon of its badge.
_WORDS: dict[str, tuple[str, str, str, str]] = {
    DeliveryState.QUEUED: ("waiting", "Waits for its turn.", "", "clock"),
    DeliveryState.SENDING: ("being sent", "In the hands of the sender at this moment.", "", "send"),
    DeliveryState.DEFERRED: ("put off", "Their mail system asked us to come back later.", "amber", "clock"),
    DeliveryState.SENT: ("handed over", "Their mail system took it.", "green", "check"),
    DeliveryState.DELIVERED: ("delivered", "Their mail system confirmed that it arrived.", "green", "check"),
    DeliveryState.BOUNCED: ("bounced", "The address does not exist.", "red", "alert"),
    DeliveryState.REJECTED: ("refused", "Their mail system refused it.", "red", "alert"),
    DeliveryState.COMPLAINED: ("complained", "It arrived, and the reader called it spam.", "red", "alert"),
    DeliveryState.FAILED: ("given up", "Every attempt failed.", "red", "alert"),
    DeliveryState.SUPPRESSED: ("not sent", "It was held back.", "red", "lock"),
    DeliveryState.UNCONFIRMED: (
        "nobody can say",
        "The connection broke before the answer; it may have arrived.",
        "amber",
        "question",
    ),
}


def state_words(state: str, reason: str) -> dict[str, str]:
    """{state (a word), why (a sentence), tone, icon} of a delivery in this state."""
    word, meaning, tone, icon = _WORDS[state]
    if state == DeliveryState.SUPPRESSED and reason in OWN_WISHES:
        return {"state": "their choice", "why": reason, "tone": "", "icon": "dot"}
    if state == DeliveryState.SUPPRESSED and reason == SUPERSEDED:
        return {"state": "replaced", "why": reason, "tone": "", "icon": "dot"}
    return {"state": word, "why": reason or meaning, "tone": tone, "icon": icon}
