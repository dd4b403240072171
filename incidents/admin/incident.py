"""Incidents, what was sent about them and what is being written: lists, and the room as an incident's page."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from crisisdesk.core.exporting import ExportableAdmin
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.sheets import Rows, utc
from incidents.admin import badges
from incidents.models import Draft, Incident, Update
from incidents.room.room import room

_COLUMNS = (
    *("reference", "title", "severity", "status", "type", "services", "noticed_by", "started_at", "declared_at"),
    *("customers_first_told_at", "resolved_at", "too_brief_to_alert", "drill"),
)


@admin.register(Incident)
class IncidentAdmin(ExportableAdmin[Incident]):
    """The list of incidents; an incident's own page is its room. Changed by verbs only."""

    view_act = export_act = Act.VIEW_INCIDENTS
    export_name = "incidents"
    incident_at = ("",)
    addable = False
    teaches = "An incident begins where an alert or a report is qualified: report a problem from the command centre."
    list_display = ("reference", "title", "sev", "how_far", "began", "told", "drill")
    list_display_links = ("reference", "title")
    list_filter = ("status", "severity", "noticed_by", "is_brief", "is_drill", "incident_type", "affected__service")
    search_fields = ("title", "summary", "id")
    date_hierarchy = "started_at"
    ordering = ("-declared_at",)

    def export_rows(self, rows: QuerySet[Incident]) -> Rows:
        """One row for each incident. Times are UTC."""
        yield [*_COLUMNS]
        known = rows.select_related("incident_type").prefetch_related("affected__service")
        for one in known.iterator(chunk_size=500):
            yield [
                one.reference,
                one.title,
                one.severity,
                one.status,
                str(one.incident_type or ""),
                "; ".join(sorted({use.service.slug for use in one.affected.all()})),
                one.noticed_by,
                utc(one.started_at),
                utc(one.declared_at),
                utc(one.first_told_at),
                utc(one.resolved_at),
                "yes" if one.is_brief else "no",
                "yes" if one.is_drill else "no",
            ]

    @admin.display(description="severity", ordering="severity")
    def sev(self, incident: Incident) -> SafeString:
        """SEV1 to SEV4."""
        return badges.severity(incident)

    @admin.display(description="status", ordering="status")
    def how_far(self, incident: Incident) -> SafeString:
        """One of the four standard words."""
        return badges.status(incident)

    @admin.display(description="drill", ordering="is_drill", empty_value="")
    def drill(self, incident: Incident) -> str | None:
        """A word instead of a tick: no drill is nothing bad."""
        return "drill" if incident.is_drill else None

    @admin.display(description="began", ordering="started_at")
    def began(self, incident: Incident) -> Any:
        """When the outage began."""
        return incident.started_at

    @admin.display(description="customers first told", ordering="first_told_at", empty_value="not told")
    def told(self, incident: Incident) -> Any:
        """When the first message left."""
        return incident.first_told_at

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The incident room."""
        pk = whole_number(object_id)
        if pk is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        return cast("HttpResponse", room(request, pk))


@admin.register(Update)
class UpdateAdmin(ConsoleAdmin[Update]):
    """Messages that were sent; they never change."""

    view_act = Act.VIEW_DELIVERIES
    incident_at = ("incident__",)
    addable = False
    teaches = "Each message that leaves an incident's room for customers stands here, with who got it."
    list_display = ("room", "number", "kind", "subject", "reached", "sent_at", "sent_by_name", "deliveries")
    list_display_links = ("number", "subject")
    list_filter = ("kind", "is_automatic", "sent_at")
    list_select_related = ("incident",)
    search_fields = ("subject", "incident__title")
    ordering = ("-sent_at",)

    @admin.display(description="incident", ordering="incident")
    def room(self, update: Update) -> SafeString:
        """The way to its room."""
        return badges.room(update.incident)

    @admin.display(description="contacts", ordering="contacts_count", empty_value="")
    def reached(self, update: Update) -> int | None:
        """To how many it went; of a message from an older record nobody knows."""
        return update.contacts_count if update.message_id or update.contacts_count else None

    @admin.display(description="deliveries")
    def deliveries(self, update: Update) -> SafeString | str:
        """The way to who got it."""
        if update.message_id is None:
            return "none by mail" if update.contacts_count else "imported"
        return format_html('<a href="../../updates/{}/deliveries/">deliveries</a>', update.pk)


@admin.register(Draft)
class DraftAdmin(ConsoleAdmin[Draft]):
    """What was written, sent or thrown away. Written on the compose page."""

    view_act = Act.VIEW_DELIVERIES
    incident_at = ("incident__",)
    addable = False
    teaches = "What is being written to customers, and what was sent or thrown away. It is begun in an incident's room."
    list_display = ("room", "kind", "subject", "saved_at", "saved_by_name", "closed_at")
    list_display_links = ("kind", "subject")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("incident",)
    ordering = ("-saved_at",)

    @admin.display(description="incident", ordering="incident")
    def room(self, draft: Draft) -> SafeString:
        """The way to its room."""
        return badges.room(draft.incident)
