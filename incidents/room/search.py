"""The search page of the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from crisisdesk.core.access import Act
from crisisdesk.core.asked import asked_for
from crisisdesk.core.console import actor_of
from incidents.room.pages import page, seen_by
from incidents.room.saved_links import saved
from incidents.searching import Found, incident_named, search


@require_safe
@seen_by(Act.VIEW_CONSOLE)
def search_page(request: HttpRequest) -> HttpResponseBase:
    """What matches, by kind; a reference alone opens its incident."""
    asked = asked_for(request.GET)
    by = actor_of(request)
    if asked and (incident := incident_named(asked, by)) is not None:
        return redirect(reverse("admin:incidents_incident_change", args=[incident.pk]))
    found = search(asked, by) if asked else []
    context = {"asked": asked, "groups": [_group(one, asked) for one in found], "saved": saved(by)}
    return page(request, "admin/incidents/search.html", context, title="Search")


def _group(found: Found, asked: str) -> dict[str, Any]:
    title, lister, line = _KINDS[found.kind]
    return {
        "title": title,
        "lines": [line(row) for row in found.rows],
        "all_url": f"{reverse(lister)}?{urlencode({'q': asked})}" if found.more else "",
    }


def _incident(row: Any) -> dict[str, str]:
    detail = f"{row.severity}, {row.get_status_display()}, {row.started_at:%d %b %Y}{', drill' if row.is_drill else ''}"
    return {"text": str(row), "detail": detail, "url": reverse("admin:incidents_incident_change", args=[row.pk])}


def _customer(row: Any) -> dict[str, str]:
    detail = f"{row.reference}, {row.get_tier_display()}{'' if row.is_active else ', no longer served'}"
    return {"text": row.name, "detail": detail, "url": reverse("admin:customers_customer_change", args=[row.pk])}


def _contact(row: Any) -> dict[str, str]:
    detail = f"{row.customer}{f', {row.email}' if row.email else ''}{'' if row.is_active else ', not active'}"
    return {"text": row.name, "detail": detail, "url": reverse("admin:customers_contact_change", args=[row.pk])}


def _service(row: Any) -> dict[str, str]:
    url = f"{reverse('admin:service_map')}?service={row.pk}"
    return {"text": row.name, "detail": row.slug if row.is_active else f"{row.slug}, retired", "url": url}


def _message(row: Any) -> dict[str, str]:
    detail = f"{row.incident.reference}, {row.get_kind_display()}, {row.sent_at:%d %b %Y, %H:%M} UTC"
    url = reverse("admin:deliveries", args=[row.pk])
    if row.message_id is None:
        url = reverse("admin:incidents_incident_change", args=[row.incident_id])
    return {"text": row.subject, "detail": detail, "url": url}


_KINDS: dict[str, tuple[str, str, Callable[[Any], dict[str, str]]]] = {
    "incident": ("Incidents", "admin:incidents_incident_changelist", _incident),
    "customer": ("Customers", "admin:customers_customer_changelist", _customer),
    "contact": ("Contacts", "admin:customers_contact_changelist", _contact),
    "service": ("Services", "admin:customers_service_changelist", _service),
    "message": ("Messages to customers", "admin:incidents_update_changelist", _message),
}
