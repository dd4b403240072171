"""The service map: what depends on what, what is wrong now, and what was."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.numbers import whole_number
from customers import layering
from customers.models import Service, ServiceDependency, Subscription
from incidents import states
from incidents.models import ComponentStatus
from incidents.room.pages import page, seen_by

LONGEST = 24


@require_safe
@seen_by(Act.VIEW_SETTINGS)
def service_map(request: HttpRequest) -> HttpResponseBase:
    """Every service, or with `?service=` one with all it stands on and all that stands on it (seven queries)."""
    services = {row.pk: row for row in Service.objects.active().select_related("owner").order_by("name")}
    below: dict[int, list[int]] = defaultdict(list)
    for service, depends_on in ServiceDependency.objects.order_by("pk").values_list("service", "depends_on"):
        if service in services and depends_on in services:
            below[service].append(depends_on)
    chosen = services.get(whole_number(request.GET.get("service", "")) or 0)
    shown = layering.around(chosen.pk, below) if chosen else set(services)
    keys = [pk for pk in services if pk in shown]
    now = states.worst_now()
    context = {
        "chosen": chosen,
        "spells": states.spells(chosen, actor_of(request)) if chosen else [],
        "drawing": _drawing(layering.draw(keys, below), services, now, chosen),
        "rows": _rows(keys, services, below, now),
        "services": services.values(),
    }
    return page(request, "admin/incidents/service_map.html", context, title="Service map")


def _drawing(
    drawing: layering.Drawing, services: dict[int, Service], now: dict[int, ComponentStatus], chosen: Service | None
) -> dict[str, Any]:
    boxes = [
        {
            "x": box.x,
            "y": box.y,
            "text_x": box.x + 12,
            "text_y": box.y + layering.HEIGHT // 2,
            "name": _short(services[box.key].name),
            "title": services[box.key].name,
            "state": now.get(box.key, ComponentStatus.OPERATIONAL),
            "url": f"?service={box.key}",
            "is_chosen": chosen is not None and box.key == chosen.pk,
        }
        for box in drawing.boxes
    ]
    lines = [{"path": line.path, "is_hit": line.end in now} for line in drawing.lines]
    size = {"box_width": layering.WIDTH, "box_height": layering.HEIGHT}
    return {"width": drawing.width, "height": drawing.height, "boxes": boxes, "lines": lines, **size}


def _rows(
    keys: list[int], services: dict[int, Service], below: dict[int, list[int]], now: dict[int, ComponentStatus]
) -> list[dict[str, Any]]:
    above: dict[int, list[int]] = defaultdict(list)
    for service, several in below.items():
        for one in several:
            above[one].append(service)
    users = dict(
        Subscription.objects.filter(customer__is_active=True)
        .order_by()
        .values_list("service")
        .annotate(n=Count("customer", distinct=True))
    )
    return [
        {
            "name": services[key].name,
            "url": f"?service={key}",
            "edit_url": reverse("admin:customers_service_change", args=[key]),
            "owner": str(services[key].owner or ""),
            "state": now.get(key),
            "depends_on": [services[one].name for one in below.get(key, ())],
            "needed_by": [services[one].name for one in above.get(key, ())],
            "customers": users.get(key, 0),
        }
        for key in keys
    ]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"
