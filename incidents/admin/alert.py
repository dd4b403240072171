"""Alerts: the list; what became of each. Qualified on a page of its own."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from crisisdesk.core.access import Act, may
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.numbers import whole_number
from incidents.admin import badges
from incidents.models import Alert
from incidents.room import bulk


class DecisionFilter(admin.SimpleListFilter):
    """What still waits for Operations."""

    title = "decision"
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """The choices."""
        return [("waiting", "To be decided"), ("unanswered", "Not acknowledged")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """The alerts of the choice."""
        if self.value() == "waiting":
            return queryset.filter(pk__in=Alert.objects.unqualified())
        return queryset.filter(pk__in=Alert.objects.unacknowledged()) if self.value() == "unanswered" else queryset


# What the page of an alert shows, what is empty left out.
_FIELDS: tuple[tuple[str | None, tuple[str, ...]], ...] = (
    (None, ("title", "description", "noticed_by", "reported_by_name", "source", "link")),
    ("What the desk did", ("state", "acknowledged_at", "acknowledged_by_name", "qualified_at", "qualified_by_name")),
    ("What came of it", ("reason", "incident")),
    ("As it came in", ("is_firing", "started_at", "ended_at", "first_seen_at", "last_seen_at", "times_seen")),
    ("Its labels", ("labels", "annotations", "fingerprint")),
)


@admin.register(Alert)
class AlertAdmin(ConsoleAdmin[Alert]):
    """What came in. Rows come from intake and from reports; decisions from the qualify page."""

    view_act = Act.VIEW_INCIDENTS
    incident_at = ("incident__",)
    addable = False
    teaches = (
        "What monitoring, colleagues and customers report comes here by itself, and the people on call are told. "
        "Connect monitoring under All records, Alert sources."
    )
    list_display = ("title", "how_far", "monitoring", "origin", "since", "seen", "room")
    list_display_links = ("title",)
    list_filter = (DecisionFilter, "state", "noticed_by", "is_firing", "source")
    list_select_related = ("source", "incident")
    search_fields = ("title", "description")
    ordering = ("-first_seen_at",)
    actions = ("decline_chosen", "attach_chosen")

    @admin.display(description="state", ordering="state")
    def how_far(self, alert: Alert) -> SafeString:
        """What the desk did about it."""
        return badges.alert_state(alert)

    @admin.display(description="firing", ordering="is_firing")
    def monitoring(self, alert: Alert) -> str:
        """A word, for a tick would say that all is well."""
        return "firing" if alert.is_firing else "over"

    @admin.display(description="noticed by", ordering="noticed_by")
    def origin(self, alert: Alert) -> str:
        """The source, or whoever reported it."""
        return str(alert.source or alert.reported_by_name or alert.get_noticed_by_display())

    @admin.display(description="first seen", ordering="first_seen_at")
    def since(self, alert: Alert) -> Any:
        """When it came in first."""
        return alert.first_seen_at

    @admin.display(description="times", ordering="times_seen")
    def seen(self, alert: Alert) -> int:
        """How often it came in."""
        return alert.times_seen

    @admin.display(description="incident", ordering="incident", empty_value="")
    def room(self, alert: Alert) -> SafeString | None:
        """The way to its room."""
        return badges.room(alert.incident) if alert.incident else None

    def get_fieldsets(self, request: HttpRequest, obj: Alert | None = None) -> Any:
        """What is known of this alert."""
        kept = [
            (title, [name for name in names if obj is None or getattr(obj, name) not in (None, "", {})])
            for title, names in _FIELDS
        ]
        return [(title, {"fields": names}) for title, names in kept if names]

    def has_qualify_permission(self, request: HttpRequest) -> bool:
        """Whether the person may decide about alerts; the actions below are offered to nobody else."""
        return may(actor_of(request), Act.QUALIFY)

    @admin.action(description="Decline with one reason", permissions=["qualify"])
    def decline_chosen(self, request: HttpRequest, queryset: QuerySet[Alert]) -> HttpResponse:
        """Ask for the reason."""
        return cast("HttpResponse", bulk.ask(request, "decline", queryset.order_by().values_list("pk", flat=True)))

    @admin.action(description="Add to an open incident", permissions=["qualify"])
    def attach_chosen(self, request: HttpRequest, queryset: QuerySet[Alert]) -> HttpResponse:
        """Ask for the incident."""
        return cast("HttpResponse", bulk.ask(request, "attach", queryset.order_by().values_list("pk", flat=True)))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An alert that is still to be decided opens where it is decided."""
        pk = whole_number(object_id) or 0
        waiting = Alert.objects.unqualified().filter(pk=pk).exists()
        if waiting and self.has_view_permission(request):
            return redirect("admin:qualify", pk=pk)
        response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return response
