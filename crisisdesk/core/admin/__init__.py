"""Console pages of people and the audit trail."""

from crisisdesk.core.admin.audit import AuditEntryAdmin
from crisisdesk.core.admin.people import PersonAdmin

__all__ = ["AuditEntryAdmin", "PersonAdmin"]
