"""Alerts: the list; what became of each. Qualified on a page of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from incidents.models import Alert


@admin.register(Alert)
class AlertAdmin(ConsoleAdmin[Alert]):
    """What came in. Rows come from intake and from reports; decisions from the qualify page."""

    view_act = Act.VIEW_INCIDENTS
    addable = False
    list_display = ("title", "state", "is_firing", "noticed_by", "source", "first_seen_at", "times_seen", "incident")
    list_filter = ("state", "noticed_by", "is_firing", "source")
    list_select_related = ("source", "incident")
    search_fields = ("title", "description")
    ordering = ("-first_seen_at",)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An alert that is still to be decided opens where it is decided."""
        if object_id.isascii() and object_id.isdigit() and len(object_id) < 19:
            waiting = Alert.objects.unqualified().filter(pk=int(object_id)).exists()
            if waiting and self.has_view_permission(request):
                return redirect("admin:qualify", pk=int(object_id))
        response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return response
