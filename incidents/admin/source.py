"""Sources of alerts: the token is shown once, when it is made."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from crisisdesk.core import audit, clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.private import keep_private
from incidents.intake.sources import create_source, replace_token
from incidents.models import AlertSource


@admin.register(AlertSource)
class AlertSourceAdmin(ConsoleAdmin[AlertSource]):
    """Monitoring systems that may post alerts."""

    change_act = Act.MANAGE_SETTINGS
    teaches = "Add one for each monitoring system: it gets a token, and its alerts wake the people on call."
    list_display = ("name", "kind", "is_active", "last_seen_at")
    list_filter = ("kind", "is_active")
    search_fields = ("name",)
    readonly_fields = ("created_at", "last_seen_at")
    actions = ("replace_tokens",)

    def get_fields(self, request: HttpRequest, obj: AlertSource | None = None) -> tuple[str, ...]:
        """A new source has a name and a kind; the rest comes by itself."""
        return ("name", "kind", "is_active", "created_at", "last_seen_at") if obj else ("name", "kind")

    def save_model(
        self, request: HttpRequest, obj: AlertSource, form: forms.ModelForm[AlertSource], change: bool
    ) -> None:
        """Create through the verb, which makes the token; a change is put into the audit trail."""
        by, now = actor_of(request), clock.now()
        if change:
            super().save_model(request, obj, form, change)
            audit.record("alert_source.changed", by=by, now=now, on=obj, data={"fields": form.changed_data})
            return
        made, token = create_source(obj.name, kind=obj.kind, by=by, now=now)
        obj.pk, obj.created_at, obj.token_hash = made.pk, made.created_at, made.token_hash
        obj._state.adding = False
        request._made_token = token  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: AlertSource, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token on the answer itself: it goes into no message, cookie or address."""
        return self._show(request, [(obj, request._made_token)])  # type: ignore[attr-defined]

    @admin.action(description="Replace the tokens of the selected sources")
    def replace_tokens(self, request: HttpRequest, queryset: QuerySet[AlertSource]) -> HttpResponse:
        """The old tokens end at once."""
        by, now = actor_of(request), clock.now()
        return self._show(request, [(source, replace_token(source, by=by, now=now)) for source in queryset])

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offered to those who may."""
        return super().get_actions(request) if may(actor_of(request), Act.MANAGE_SETTINGS) else {}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The admin's own log: the row keeps no history, its acts stand in the audit trail."""
        return admin.ModelAdmin.history_view(self, request, object_id, extra_context)

    def _show(self, request: HttpRequest, made: list[tuple[AlertSource, str]]) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": "Token of the alert source",
            "opts": self.model._meta,
            "made": made,
            "url": f"{settings.BASE_URL}{reverse('intake_alertmanager')}",
        }
        return keep_private(TemplateResponse(request, "admin/incidents/alertsource/token.html", context))
