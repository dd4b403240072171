"""Console pages of people, the audit trail and the clock."""

from crisisdesk.core.admin.audit import AuditEntryAdmin
from crisisdesk.core.admin.clock import ClockHoldAdmin
from crisisdesk.core.admin.people import PersonAdmin

__all__ = ["AuditEntryAdmin", "ClockHoldAdmin", "PersonAdmin"]
