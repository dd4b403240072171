"""What runs by itself: the notifier, the teller of trouble, and what happens when a deadline of paging is due."""

from __future__ import annotations

from crisisdesk.core import deadlines
from crisisdesk.core.engine.loops import Loop, register
from incidents import asking, command, holding, keeping, owed, troubles
from incidents.oncall import acknowledging, bursts
from incidents.oncall.notify import LOOP
from incidents.oncall.sender import send_ready


def register_all() -> None:
    """Called once, when the app is ready."""
    register(Loop(LOOP, send_ready, idle_seconds=0.25))
    register(Loop(troubles.LOOP, troubles.tell_pass, idle_seconds=2.0))
    deadlines.register(holding.KIND, keeping.fire)
    deadlines.register(asking.KIND, asking.fire)
    deadlines.register(bursts.KIND, bursts.fire)
    deadlines.register(owed.KIND, owed.fire)
    deadlines.register(command.KIND, command.fire)
    deadlines.register(acknowledging.QUALIFY, acknowledging.fire_undecided)
