"""How often a cause may come back before executives review it, set by administrators."""

from __future__ import annotations

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from crisisdesk.core import audit, clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.history import stamp
from postmortems.models import ReviewThreshold


@admin.register(ReviewThreshold)
class ReviewThresholdAdmin(ConsoleAdmin[ReviewThreshold]):
    """One row for each severity; an inactive one opens nothing."""

    view_act = Act.VIEW_POSTMORTEMS
    change_act = Act.MANAGE_SETTINGS
    list_display = ("severity", "outages", "is_active")
    fields = ("severity", "outages", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: ReviewThreshold | None = None) -> tuple[str, ...]:
        """A row keeps its severity."""
        return ("severity",) if obj is not None else ()

    def save_model(
        self, request: HttpRequest, obj: ReviewThreshold, form: ModelForm[ReviewThreshold], change: bool
    ) -> None:
        """Save with the actor's name, and write it down."""
        by, now = actor_of(request), clock.now()
        stamp(obj, by=by, now=now, reason="edited in the console")
        super().save_model(request, obj, form, change)
        data = {"severity": obj.severity, "outages": obj.outages, "is_active": obj.is_active}
        audit.record("review.threshold_changed", by=by, now=now, on=obj, data=data)
