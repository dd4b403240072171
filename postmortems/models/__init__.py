"""Rows of post-mortems."""

from postmortems.models.action import Action, ActionKind, ActionState
from postmortems.models.cause import Cause
from postmortems.models.postmortem import Postmortem, State

__all__ = ["Action", "ActionKind", "ActionState", "Cause", "Postmortem", "State"]
