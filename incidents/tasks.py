"""What runs by itself: the notifiers, the teller of trouble, and what happens when a deadline of paging is due."""

from __future__ import annotations

from crisisdesk.core import deadlines
from crisisdesk.core.engine.loops import Loop, register
from incidents import asking, command, holding, keeping, owed, troubles
from incidents.oncall import acknowledging, bursts, sender
from incidents.schedules.feeds import reader


def register_all() -> None:
    """Called once, when the app is ready."""
    for loop in sender.loops():
        register(loop)
    register(Loop(reader.LOOP, reader.read_pass, idle_seconds=2.0))
    register(Loop(troubles.LOOP, troubles.tell_pass, idle_seconds=2.0))
    deadlines.tell_what_is_set_aside(troubles.tell_of_step)
    deadlines.register(holding.KIND, keeping.fire)
    deadlines.register(asking.KIND, asking.fire)
    deadlines.register(bursts.KIND, bursts.fire)
    deadlines.register(owed.KIND, owed.fire)
    deadlines.register(command.KIND, command.fire)
    deadlines.register(acknowledging.QUALIFY, acknowledging.fire_undecided)
