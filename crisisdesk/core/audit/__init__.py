"""The audit trail: an insert-only log and, beside it, the chain that seals it."""

from crisisdesk.core.audit.log import record

__all__ = ["record"]
