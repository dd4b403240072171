"""Which loops send, and the hint to them that there is work. Losing the hint loses nothing: the rows are the truth."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from crisisdesk.core.engine import rings
from crisisdesk.core.transports.sms import sms_config_from_settings

LOOP = "sender"
SMS_LOOP = "sms sender"


def sender_loops() -> list[str]:
    """The names of the loops that send mail: "sender", "sender 2" … as many as CRISISDESK_SENDERS says.

    One on SQLite, where only one transaction writes at a time.
    """
    count = max(1, settings.CRISISDESK_SENDERS) if connection.vendor == "postgresql" else 1
    return [LOOP] + [f"{LOOP} {number}" for number in range(2, count + 1)]


def wake_sender() -> None:
    """Ring for the senders' loops, inside the caller's transaction: the ring is queued with the commit."""
    for name in sender_loops():
        rings.wake(name)
    if sms_config_from_settings() is not None:
        rings.wake(SMS_LOOP)
