"""What staff are told where there is little room: SMS, chat and push. Bounded by channel."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crisisdesk.core.transports import segments
from incidents.models import Notification
from incidents.oncall.links import short_link

SMS_SEGMENTS = 2
CHAT_CHARACTERS = 1500
SHOWN = 5
_TAG = re.compile(r"^\[[A-Z]+\] ")
# Typography that would make a whole text UCS-2, with less than half the room.
_PLAIN = str.maketrans({"—": "-", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "\u00a0": " "})


def headline_of(notification: Notification) -> str:
    """The subject without its tag, such as "[PAGE] "."""
    return _TAG.sub("", notification.subject)


def bridge_of(notification: Notification) -> str:
    """Where people meet: the link of the incident's type, "" without one."""
    incident = notification.incident or (notification.alert.incident if notification.alert else None)
    return incident.incident_type.bridge_url if incident and incident.incident_type else ""


def sms_words(notification: Notification, others: Sequence[Notification] = ()) -> str:
    """Subject, link and how to answer, within two segments; the subject gives way, the bridge link is left out first.

    `others` are told in the same text by their number.
    """
    headline = " ".join(headline_of(notification).translate(_PLAIN).split())
    drill = "DRILL " if notification.is_drill else ""
    more = f" (+{len(others)} more)" if others else ""
    link, bridge = short_link(notification), bridge_of(notification)
    answer = f"{more}\n{link}\nReply OK or ACK {notification.pk}"
    if bridge and _fits(f"{drill}{headline}{answer}\nJoin: {bridge}"):
        return f"{drill}{headline}{answer}\nJoin: {bridge}"
    for length in range(len(headline), 0, -1):
        short = headline if length == len(headline) else f"{headline[:length].rstrip()}..."
        if _fits(f"{drill}{short}{answer}"):
            return f"{drill}{short}{answer}"
    return f"{drill}{answer.strip()}"


def _fits(text: str) -> bool:
    return segments.count(text).count <= SMS_SEGMENTS


def chat_words(notification: Notification, others: Sequence[Notification] = ()) -> str:
    """A title line, then the words, the links, and what else there is."""
    drill = "DRILL: " if notification.is_drill else ""
    title = f"{drill}{' '.join(notification.subject.split())}"
    links = [f"Answer here: {short_link(notification)}"]
    if bridge := bridge_of(notification):
        links.append(f"Join: {bridge}")
    also = [f"- {headline_of(other)}" for other in others[:SHOWN]]
    if len(others) > SHOWN:
        also.append(f"- and {len(others) - SHOWN} more")
    listed = "\n".join(["Also:", *also]) if also else ""
    room = CHAT_CHARACTERS - len(listed) - sum(map(len, links))
    body = notification.body if len(notification.body) <= room else f"{notification.body[: max(0, room - 1)]}…"
    return "\n".join([title, *links, "", body, *(["", listed] if listed else [])]).strip()


def code_words(code: str) -> str:
    """The code that proves an address, with how long it holds."""
    return f"{code} is your code for CrisisDesk. Enter it within 10 minutes under “My contact methods”.".translate(
        _PLAIN
    )
