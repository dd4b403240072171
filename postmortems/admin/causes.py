"""The taxonomy of causes, edited by Operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from crisisdesk.core import audit, clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.history import stamp
from postmortems.models import Cause


@admin.register(Cause)
class CauseAdmin(ConsoleAdmin[Cause]):
    """Definitions keep two people from giving the same outage two causes."""

    view_act = Act.VIEW_POSTMORTEMS
    change_act = Act.EDIT_POSTMORTEM
    list_display = ("name", "definition", "parent", "can_repeat", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("parent",)
    search_fields = ("name", "definition")
    fields = ("name", "slug", "definition", "parent", "can_repeat", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Cause | None = None) -> tuple[str, ...]:
        """The slug stays: the audit trail names causes by it."""
        return ("slug",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Cause, form: ModelForm[Cause], change: bool) -> None:
        """Save with the actor's name, and write it down."""
        by, now = actor_of(request), clock.now()
        stamp(obj, by=by, now=now, reason="edited in the console")
        super().save_model(request, obj, form, change)
        data: dict[str, Any] = {"cause": obj.slug, "fields": form.changed_data}
        audit.record(
            "postmortem.cause_edited" if change else "postmortem.cause_added", by=by, now=now, on=obj, data=data
        )
