"""What runs by itself: the sender's loops, and the end of what is old."""

from __future__ import annotations

from functools import partial

from crisisdesk.core.engine.loops import Loop, register
from crisisdesk.core.transports.sms import sms_config_from_settings
from customers.delivery import retention
from customers.delivery.send import run_pass, run_sms_pass
from customers.delivery.wake import SMS_LOOP, sender_loops


def register_all() -> None:
    """Called once, when the app is ready."""
    for number, name in enumerate(sender_loops()):
        register(Loop(name, run_pass if number == 0 else partial(run_pass, number=number), idle_seconds=0.25))
    register(Loop(retention.LOOP, retention.run_pass, idle_seconds=60.0))
    if sms_config_from_settings() is not None:
        register(Loop(SMS_LOOP, run_sms_pass, idle_seconds=0.5))
