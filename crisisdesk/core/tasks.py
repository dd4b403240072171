"""The leased loops of the lowest layer: deadlines are fired, the audit trail is sealed."""

from __future__ import annotations

from crisisdesk.core import clockwatch, deadlines
from crisisdesk.core.audit import chain
from crisisdesk.core.engine.loops import Loop, Pass, register

# Of those that go one by one: few enough that what has become due meanwhile is seen soon.
STEPS_PER_PASS = 50


def fire_deadlines(this_pass: Pass) -> int:
    """Fire what is due, promises among it; nothing while the clock is not to be trusted."""
    if not clockwatch.may_act(this_pass.now):
        return 0
    return deadlines.fire_due(this_pass.now, limit=STEPS_PER_PASS, may_go_on=this_pass.lease.keep)


def seal(this_pass: Pass) -> int:
    """Chain what the verbs have written into the audit trail."""
    return chain.seal_pending(this_pass.now)


def register_loops() -> None:
    """Called once, when the app is ready."""
    register(Loop("deadlines", fire_deadlines, idle_seconds=0.25, rest_seconds=0.1))
    register(Loop("sealer", seal, idle_seconds=0.5, rest_seconds=0.25))
