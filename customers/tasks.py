"""What runs by itself: the sender's loops, and the end of what is old."""

from __future__ import annotations

from functools import partial

from crisisdesk.core.engine.loops import Loop, Pass, register
from crisisdesk.core.transports.sms import sms_config_from_settings
from customers.delivery import retention
from customers.delivery.send import run_pass, run_sms_pass
from customers.delivery.wake import SMS_LOOP, sender_loops
from customers.imports import working


def keep_house(one: Pass) -> int:
    """What is past its time goes; imports that no worker has finished are rung for again."""
    return retention.run_pass(one) + working.ring_owed(one.now)


def register_all() -> None:
    """Called once, when the app is ready."""
    for number, name in enumerate(sender_loops()):
        register(Loop(name, run_pass if number == 0 else partial(run_pass, number=number), idle_seconds=0.25))
    register(Loop(retention.LOOP, keep_house, idle_seconds=60.0))
    if sms_config_from_settings() is not None:
        register(Loop(SMS_LOOP, run_sms_pass, idle_seconds=0.5))
