"""Who was told what, by which ways, and what came of it; and how everybody can be reached, without the secrets."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from incidents.models import Attempt, AttemptState, ContactKind, ContactMethod, Notification
from incidents.room.told import words_of


class WayFilter(admin.SimpleListFilter):
    """By which channel."""

    title = "channel"
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """The kinds."""
        return [(kind.value, str(kind.label)) for kind in ContactKind]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        """Those with a step by this channel."""
        if self.value() not in ContactKind.values:
            return queryset
        return queryset.filter(pk__in=Attempt.objects.filter(kind=self.value()).values("notification"))


class TroubleFilter(admin.SimpleListFilter):
    """What did not go as it should."""

    title = "trouble"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """The choices."""
        return [("nobody", "No way reached them"), ("some", "A way failed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        """The notifications of the choice."""
        if self.value() == "nobody":
            return queryset.filter(state="failed")
        bad = Attempt.objects.filter(state__in=[AttemptState.FAILED, AttemptState.UNKNOWN])
        return queryset.filter(pk__in=bad.values("notification")) if self.value() == "some" else queryset


@admin.register(Notification)
class NotificationAdmin(ConsoleAdmin[Notification]):
    """What people of the vendor were told. Rows come from the desk itself."""

    view_act = Act.VIEW_INCIDENTS
    incident_at = ("incident__", "alert__incident__")
    addable = False
    teaches = "Each page, reminder and briefing to colleagues is written here by itself, with the ways it went."
    list_display = ("told", "person", "purpose", "subject", "how", "seen")
    list_display_links = ("subject",)
    list_filter = (TroubleFilter, WayFilter, "purpose", "state", "is_drill")
    list_select_related = ("person",)
    search_fields = ("subject", "person__first_name", "person__last_name", "role__name")
    ordering = ("-created_at", "-id")
    fields = (
        "person",
        "role_name",
        "purpose",
        "subject",
        "body",
        "how",
        "state",
        "error",
        "created_at",
        "sent_at",
        "acknowledged_at",
        "acknowledged_way",
        "alert",
        "incident",
        "is_drill",
    )
    readonly_fields = ("role_name", "how")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        """With the ways, in one query for the page."""
        ways = Attempt.objects.select_related("method", "folded_into").order_by("next_attempt_at", "position")
        rows: QuerySet[Notification] = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("ways", ways))

    @admin.display(description="told", ordering="created_at")
    def told(self, row: Notification) -> Any:
        """When the desk set out to tell them."""
        return row.created_at

    @admin.display(description="seen", ordering="acknowledged_at", empty_value="not yet")
    def seen(self, row: Notification) -> Any:
        """When they answered."""
        return row.acknowledged_at

    @admin.display(description="how, and what came of it")
    def how(self, row: Notification) -> SafeString | str:
        """Each way in a line."""
        lines = [(way["tone"], way["text"]) for way in map(words_of, row.ways.all())]
        if not lines:
            return "the ways are chosen now" if row.state == "queued" else "by e-mail"
        inner = format_html_join("", '<li class="told-ways__{}">{}</li>', lines)
        return format_html_join("", '<ul class="told-ways">{}</ul>', [(inner,)])


@admin.register(ContactMethod)
class ContactMethodAdmin(ConsoleAdmin[ContactMethod]):
    """The state of everybody's ways. People keep their own under “My contact methods”; no secret is shown."""

    view_act = Act.MANAGE_PEOPLE
    addable = False
    teaches = "Everybody adds a telephone or a chat of their own under their name, My contact methods."
    list_display = ("person", "kind", "label", "is_verified", "trouble", "is_kept")
    list_filter = ("kind", ("verified_at", admin.EmptyFieldListFilter), ("removed_at", admin.EmptyFieldListFilter))
    list_select_related = ("person",)
    search_fields = ("person__first_name", "person__last_name")
    ordering = ("person__first_name", "person__last_name", "id")
    fields = ("person", "kind", "label", "verified_at", "trouble", "created_at", "removed_at")

    @admin.display(boolean=True, description="verified")
    def is_verified(self, row: ContactMethod) -> bool:
        """Its code came back."""
        return row.verified_at is not None

    @admin.display(boolean=True, description="in use")
    def is_kept(self, row: ContactMethod) -> bool:
        """Verified, and not removed by its person."""
        return row.is_usable
