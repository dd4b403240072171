"""Hint the sender that there is work. Losing the hint loses nothing: the rows are the truth."""

from __future__ import annotations

from crisisdesk.core.engine import rings
from crisisdesk.core.transports.sms import sms_config_from_settings

LOOP = "sender"
SMS_LOOP = "sms sender"


def wake_sender() -> None:
    """Ring for the sender's loop, inside the caller's transaction: the ring is queued with the commit."""
    rings.wake(LOOP)
    if sms_config_from_settings() is not None:
        rings.wake(SMS_LOOP)
