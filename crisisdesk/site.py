"""The operators' console: Django's admin with the command centre as its front page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver, path, reverse
from django.utils import timezone

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import actor_of
from crisisdesk.core.models import User
from incidents.room.centre import centre_facts
from incidents.room.urls import paths

# The main ways through the console: label, URL name, who sees it.
_WAYS = (
    ("Command centre", "admin:index", Act.VIEW_CONSOLE),
    ("Incidents", "admin:incidents_incident_changelist", Act.VIEW_INCIDENTS),
    ("Alerts", "admin:incidents_alert_changelist", Act.VIEW_INCIDENTS),
    ("Customers", "admin:customers_customer_changelist", Act.VIEW_CUSTOMERS),
    ("Templates", "admin:incidents_template_changelist", Act.VIEW_SETTINGS),
    ("On call", "admin:incidents_shift_changelist", Act.VIEW_SETTINGS),
    ("Post-mortems", "admin:postmortems_postmortem_changelist", Act.VIEW_POSTMORTEMS),
    ("Review", "review:index", Act.VIEW_REVIEW),
    ("All records", "admin:records", Act.VIEW_CONSOLE),
)


class ConsoleSite(AdminSite):
    """Who may open it is read from the access table; every page is in the person's own time zone."""

    site_header = "CrisisDesk"
    site_title = "CrisisDesk"
    site_url = None
    index_title = "Command centre"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff with a role."""
        return super().has_permission(request) and may(actor_of(request), Act.VIEW_CONSOLE)

    def get_urls(self) -> list[URLPattern | URLResolver]:  # type: ignore[override]
        """The console's own pages before the admin's."""
        records = path("records/", self.admin_view(self.records), name="records")
        return [*paths(self.admin_view), records, *super().get_urls()]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """As the admin's, with times in the zone of the person who is signed in."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def in_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            zone = request.user.time_zone if isinstance(request.user, User) else "UTC"
            with timezone.override(ZoneInfo(zone)):
                response: HttpResponse = inner(request, *args, **kwargs)
                # Rendered here, while the zone holds.
                return response.render() if isinstance(response, TemplateResponse) else response

        return in_zone

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """The admin's context, the console's navigation and the person's roles."""
        context: dict[str, Any] = super().each_context(request)
        actor = actor_of(request)
        ways = [_way(request, label, name) for label, name, act in _WAYS if may(actor, act)]
        context["console_nav"] = [way for way in ways if way is not None]
        context["roles"] = ", ".join(sorted(actor.groups))
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The command centre."""
        by = actor_of(request)
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "subtitle": None,
            **centre_facts(by, clock.now()),
            "live_url": reverse("admin:centre_live"),
            "report_url": reverse("admin:report_problem") if may(by, Act.REPORT_PROBLEM) else "",
            "keys": [{"key": "r", "label": "Report a problem"}],
            **(extra_context or {}),
        }
        request.current_app = self.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self.index_template or "admin/index.html", context)

    def records(self, request: HttpRequest) -> HttpResponse:
        """Everything the console keeps, by area: what Django's admin shows on its front page."""
        context = {**self.each_context(request), "title": "All records", "app_list": self.get_app_list(request)}
        return TemplateResponse(request, "admin/records.html", context)


def _way(request: HttpRequest, label: str, name: str) -> dict[str, Any] | None:
    """One entry of the navigation; None while the page does not exist."""
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    front = name == "admin:index"
    return {"label": label, "url": url, "current": request.path == url if front else request.path.startswith(url)}
