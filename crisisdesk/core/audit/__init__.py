"""The audit trail: an insert-only log and, beside it, the chain that seals it."""

from crisisdesk.core.audit.log import entry_of, record, record_all

__all__ = ["entry_of", "record", "record_all"]
