"""What runs by itself: the sender's loops, and the end of what is old."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.conf import settings

from crisisdesk.core.engine import duties
from crisisdesk.core.engine.loops import Loop, Pass, register
from crisisdesk.core.transports.sms import sms_config_from_settings
from customers.delivery import retention
from customers.delivery.recover import recover_here
from customers.delivery.send import run_pass, run_sms_pass
from customers.delivery.wake import SMS_LOOP, sender_loops
from customers.imports import working


def keep_house(one: Pass) -> int:
    """What is past its time goes; imports that no worker has finished are rung for again."""
    return retention.run_pass(one) + working.ring_owed(one.now)


def register_all() -> None:
    """Called once, when the app is ready."""
    nice = settings.CRISISDESK_SENDER_NICE
    for number, name in enumerate(sender_loops()):
        one = run_pass if number == 0 else partial(run_pass, number=number)
        register(Loop(name, one, idle_seconds=0.25, niceness=nice))
    register(Loop(retention.LOOP, keep_house, idle_seconds=60.0))
    if sms_config_from_settings() is not None:
        register(Loop(SMS_LOOP, run_sms_pass, idle_seconds=0.5, niceness=nice))
    duties.register(duties.Duty("senders that died here", _recover))


def _recover(now: datetime) -> int:
    return recover_here(settings.JOURNAL_DIR, now=now)
