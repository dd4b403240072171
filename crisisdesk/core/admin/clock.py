"""Jumps of the clock: what was held, and the administrator's word that the clock is right."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from crisisdesk.core import clock, clockwatch
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.models import ClockHold
from crisisdesk.core.refusals import NotAllowed, WrongState


@admin.register(ClockHold)
class ClockHoldAdmin(ConsoleAdmin[ClockHold]):
    """When the clock was not to be trusted; newest first."""

    view_act = Act.VIEW_AUDIT
    list_display = ("expected_at", "jumped_seconds", "host", "noticed_at", "ended_at", "ended_by_name")
    ordering = ("-id",)
    change_form_template = "admin/core/clockhold/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """The administrator's word has an address of its own."""
        trust = path("<int:pk>/trust/", self.admin_site.admin_view(self.trust), name="core_clockhold_trust")
        return [trust, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the button for whoever may say that the clock is right."""
        hold = ClockHold.objects.filter(pk=object_id).first() if object_id.isdecimal() and len(object_id) < 18 else None
        is_open = hold is not None and hold.ended_at is None
        context = {
            "words": clockwatch.words(hold) if hold is not None and is_open else "",
            "may_trust": is_open and may(actor_of(request), Act.MANAGE_SETTINGS),
            "database_now": clock.now(),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def trust(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: the clock is right; what is due goes on."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        hold = get_object_or_404(ClockHold, pk=pk)
        try:
            clockwatch.trust(hold, by=actor_of(request), now=clock.now())
        except (NotAllowed, WrongState) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The clock is trusted again; what is due goes on now.")
        return HttpResponseRedirect(reverse("admin:core_clockhold_change", args=[pk]))
