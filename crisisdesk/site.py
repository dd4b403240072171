"""The operators' console: Django's admin with the command centre as its front page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial, wraps
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.models import User
from incidents.room.alive import desk_trouble
from incidents.room.centre import centre_facts
from incidents.room.fresh import centre_version, stamped, unchanged
from incidents.room.urls import paths
from postmortems.models import Action, Postmortem

OWED = 5

V = TypeVar("V", bound=Callable[..., HttpResponseBase])

# The main ways through the console: label, URL name, who sees it.
_WAYS = (
    ("Command centre", "admin:index", Act.VIEW_CONSOLE),
    ("Incidents", "admin:incidents_incident_changelist", Act.VIEW_INCIDENTS),
    ("Promises", "admin:promise_ledger", Act.VIEW_INCIDENTS),
    ("Alerts", "admin:incidents_alert_changelist", Act.VIEW_INCIDENTS),
    ("Customers", "admin:customers_customer_changelist", Act.VIEW_CUSTOMERS),
    ("Templates", "admin:incidents_template_changelist", Act.VIEW_SETTINGS),
    ("On call", "admin:on_call", Act.VIEW_SETTINGS),
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

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Only pages that read the access table. Above all not django-q's: its rows are pickles (ASVS 1.5.2)."""
        if admin_class is not None and issubclass(admin_class, ConsoleAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """The console's own pages before the admin's."""
        records = path("records/", self.admin_view(self.records), name="records")
        live = path("live/", self.admin_view(self.live), name="centre_live")
        return [live, *paths(self.admin_view), records, *super().get_urls()]

    def admin_view(self, view: V, cacheable: bool = False) -> V:
        """As the admin's, with times in the zone of the person who is signed in."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def in_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            zone = request.user.time_zone if isinstance(request.user, User) else "UTC"
            with timezone.override(ZoneInfo(zone)):
                response = inner(request, *args, **kwargs)
                # Rendered here, while the zone holds.
                return response.render() if isinstance(response, TemplateResponse) else response

        return cast("V", in_zone)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Made where somebody looks at it: every page's context holds it, and hardly any shows it."""
        found: Any = SimpleLazyObject(partial(super().get_app_list, request, app_label))
        return cast("list[Any]", found)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """The admin's context, the console's navigation and the person's roles."""
        context: dict[str, Any] = super().each_context(request)
        actor = actor_of(request)
        ways = [_way(request, label, name) for label, name, act in _WAYS if may(actor, act)]
        context["console_nav"] = [way for way in ways if way is not None]
        context["roles"] = ", ".join(sorted(actor.groups))
        # The front page has its own strip, which refreshes itself.
        if context["has_permission"] and request.path != reverse("admin:index"):
            context["desk_trouble"] = desk_trouble()
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The command centre."""
        by = actor_of(request)
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "subtitle": None,
            **command_centre(by, clock.now()),
            "live_url": reverse("admin:centre_live"),
            "report_url": reverse("admin:report_problem") if may(by, Act.REPORT_PROBLEM) else "",
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template or "admin/index.html", context)

    @method_decorator(never_cache)
    def live(self, request: HttpRequest) -> HttpResponse:
        """The body of the command centre alone, for its live refresh; 304 while nothing has changed."""
        by = actor_of(request)
        version = centre_version(by)
        if same := unchanged(request, version):
            return same
        body = render(request, "admin/incidents/centre.html", command_centre(by, clock.now()))
        return stamped(body, version)

    def records(self, request: HttpRequest) -> HttpResponse:
        """Everything the console keeps, by area: what Django's admin shows on its front page."""
        context = {**self.each_context(request), "title": "All records", "app_list": self.get_app_list(request)}
        return TemplateResponse(request, "admin/records.html", context)


def command_centre(by: Actor, now: datetime) -> dict[str, Any]:
    """What the front page shows: the incidents' part, and the post-mortems and actions that wait for this person."""
    facts = centre_facts(by, now)
    return {**facts, "mine": [*facts["mine"], *_owed(by, timezone.localdate(now))]}


def _owed(by: Actor, today: date) -> list[dict[str, Any]]:
    """Reports that this person leads or Operations has to give a lead, and actions that they promised."""
    if not may(by, Act.VIEW_POSTMORTEMS):
        return []
    mine = Q(lead=by.person_id)
    if may(by, Act.EDIT_POSTMORTEM):
        mine |= Q(lead=None)
    reports = Postmortem.objects.unfinished().filter(mine).select_related("incident").order_by("due_on")[:OWED]
    actions = Action.objects.open().filter(owner=by.person_id).order_by("due_on")[:OWED]
    return [
        {
            "label": "Post-mortem to write",
            "title": str(report.incident),
            **_due(report.due_on, today),
            "url": reverse("admin:postmortems_postmortem_change", args=[report.pk]),
        }
        for report in reports
    ] + [
        {
            "label": f"Action promised: {action.get_kind_display()}",
            "title": action.title,
            **_due(action.due_on, today),
            "url": reverse("admin:postmortems_postmortem_change", args=[action.postmortem_id]),
        }
        for action in actions
    ]


def _due(on: date, today: date) -> dict[str, Any]:
    """In words, and whether it is past."""
    is_late = on < today
    return {"due": f"{'overdue since' if is_late else 'due'} {date_format(on)}", "is_late": is_late}


def _way(request: HttpRequest, label: str, name: str) -> dict[str, Any] | None:
    """One entry of the navigation; None while the page does not exist."""
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    front = name == "admin:index"
    return {"label": label, "url": url, "current": request.path == url if front else request.path.startswith(url)}
