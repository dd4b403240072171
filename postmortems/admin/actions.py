"""Action items as a list; each is worked on in its post-mortem."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from postmortems.actions import today
from postmortems.models import Action, ActionState


class Standing(admin.SimpleListFilter):
    """Open, open after its day, done."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Action]) -> list[tuple[str, str]]:
        """The choices."""
        return [("open", "open"), ("overdue", "overdue"), ("done", "done")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Action]) -> QuerySet[Action]:
        """The rows of the choice."""
        if self.value() == "overdue":
            return queryset.filter(state=ActionState.OPEN, due_on__lt=today(clock.now()))
        return queryset.filter(state=self.value()) if self.value() in ActionState.values else queryset


@admin.register(Action)
class ActionAdmin(ConsoleAdmin[Action]):
    """What was promised, by whom, for when."""

    incident_at = ("postmortem__incident__",)
    view_act = Act.VIEW_POSTMORTEMS
    addable = False
    list_display = ("title", "kind", "owner", "due_on", "state", "incident")
    list_filter = (Standing, "kind")
    list_select_related = ("owner", "postmortem__incident")
    search_fields = ("title",)
    ordering = ("state", "due_on", "id")

    @admin.display(description="incident", ordering="postmortem__incident")
    def incident(self, row: Action) -> str:
        """The outage it was promised after."""
        return row.postmortem.incident.reference

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Lead to the post-mortem, where the action has its neighbours and its verbs."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        page = reverse("admin:postmortems_postmortem_change", args=[row.postmortem_id])
        return redirect(f"{page}#action-{row.pk}")
