"""What runs by itself: the sender's loop."""

from __future__ import annotations

from crisisdesk.core.engine.loops import Loop, register
from customers.delivery.send import run_pass
from customers.delivery.wake import LOOP


def register_all() -> None:
    """Called once, when the app is ready."""
    register(Loop(LOOP, run_pass, idle_seconds=0.25))
