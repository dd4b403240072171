"""The audit trail, to read."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from crisisdesk.core.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ConsoleAdmin[AuditEntry]):
    """Who did what, when; newest first. Nothing can be changed here, nor in the database."""

    view_act = Act.VIEW_AUDIT
    list_display = ("at", "actor_name", "actor_kind", "action", "incident", "object_type", "object_id", "sealed")
    list_filter = ("actor_kind", "action", "is_drill")
    search_fields = ("incident", "action", "actor_name")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """With its seal, in one query."""
        return super().get_queryset(request).select_related("seal")

    @admin.display(boolean=True, description="sealed")
    def sealed(self, entry: AuditEntry) -> bool:
        """Whether the chain holds it already."""
        return hasattr(entry, "seal")
