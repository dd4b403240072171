"""Rows of the lowest layer."""

from crisisdesk.core.models.audit import AuditEntry, AuditSeal
from crisisdesk.core.models.clock import ClockAnchor, ClockHold
from crisisdesk.core.models.deadline import Deadline, DeadlineStep
from crisisdesk.core.models.engine import Heartbeat, Lease
from crisisdesk.core.models.saved_link import SavedLink
from crisisdesk.core.models.user import User

__all__ = [
    "AuditEntry",
    "AuditSeal",
    "ClockAnchor",
    "ClockHold",
    "Deadline",
    "DeadlineStep",
    "Heartbeat",
    "Lease",
    "SavedLink",
    "User",
]
