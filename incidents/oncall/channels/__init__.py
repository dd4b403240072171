"""By what staff can be told: how each channel is opened, what goes into it, how it is told apart from the others.

base    what a channel is
mail    e-mail, over STAFF_MAIL_URL
phone   SMS and voice calls by Twilio, with the STAFF_TWILIO settings
chat    chat and push by Apprise
"""

from __future__ import annotations

from incidents.models import ContactKind
from incidents.oncall.channels import chat, mail, phone
from incidents.oncall.channels.base import Channel

ALL = (mail.CHANNEL, phone.SMS, phone.VOICE, chat.CHANNEL)


def channel_of(kind: str) -> Channel:
    """The channel that carries this kind."""
    return next(channel for channel in ALL if kind in channel.kinds)


def working_kinds() -> list[ContactKind]:
    """The kinds that settings allow now."""
    return [kind for channel in ALL if channel.is_set_up() for kind in channel.kinds]


__all__ = ["ALL", "Channel", "channel_of", "working_kinds"]
