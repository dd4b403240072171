"""The audit trail, to read."""

from __future__ import annotations

import re

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from crisisdesk.core.models import AuditEntry

_REFERENCE = re.compile(r"[A-Za-z]+-\d+")


class AreaFilter(admin.SimpleListFilter):
    """What an act is about: the part of its name before the dot. Its values are known, so nothing is read for them."""

    title = "about"
    parameter_name = "about"
    AREAS = ("alert", "incident", "update", "promise", "postmortem", "template", "delivery", "alert_source")

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[AuditEntry]) -> list[tuple[str, str]]:
        """The areas."""
        return [(area, area.replace("_", " ")) for area in self.AREAS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The acts of the area."""
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() in self.AREAS else queryset


def _said(word: str) -> Q:
    """A whole reference is found by its index; a number is that of one incident; acts are written in small letters."""
    if _REFERENCE.fullmatch(word):
        return Q(incident=word.upper())
    found = Q(action__contains=word.lower()) | Q(actor_name__icontains=word)
    return found | Q(incident__endswith=f"-{word}") if word.isdecimal() else found


@admin.register(AuditEntry)
class AuditEntryAdmin(ConsoleAdmin[AuditEntry]):
    """Who did what, when; newest first. Nothing can be changed here, nor in the database."""

    view_act = Act.VIEW_AUDIT
    reference_at = "incident"
    list_display = ("at", "actor_name", "actor_kind", "action", "incident", "object_type", "object_id", "sealed")
    list_filter = (AreaFilter, "is_drill")
    search_fields = ("incident", "action", "actor_name")
    search_help_text = "A reference such as INC-42, or parts of an act and of a name."
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """With its seal, in one query."""
        return super().get_queryset(request).select_related("seal")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """Each word in one of the columns. A million rows are compared, so no column is turned to capitals in vain."""
        for word in smart_split(search_term):
            queryset = queryset.filter(_said(word.strip("\"'")))
        return queryset, False

    @admin.display(boolean=True, description="sealed")
    def sealed(self, entry: AuditEntry) -> bool:
        """Whether the chain holds it already."""
        return hasattr(entry, "seal")
