"""The service map: what depends on what, what is wrong now, and what was."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from crisisdesk.core.access import Act, may
from crisisdesk.core.console import actor_of
from crisisdesk.core.numbers import whole_number
from customers import layering
from customers.models import Instance, Service, ServiceDependency, Subscription
from incidents import states
from incidents.models import ComponentStatus
from incidents.room.pages import page, seen_by
from incidents.room.reach import amount

LONGEST = 24
MOST_INSTANCES = 100


@require_safe
@seen_by(Act.VIEW_SETTINGS)
def service_map(request: HttpRequest) -> HttpResponseBase:
    """Every service, or with `?service=` one with all it stands on and all that stands on it (eight queries)."""
    services = {row.pk: row for row in Service.objects.active().select_related("owner").order_by("name")}
    below: dict[int, list[int]] = defaultdict(list)
    for service, depends_on in ServiceDependency.objects.order_by("pk").values_list("service", "depends_on"):
        if service in services and depends_on in services:
            below[service].append(depends_on)
    chosen = services.get(whole_number(request.GET.get("service", "")) or 0)
    shown = layering.around(chosen.pk, below) if chosen else set(services)
    keys = [pk for pk in services if pk in shown]
    failing = states.failing_now(actor_of(request))
    now = _Now(failing.worst, failing.through(_turned(below)))
    places = _places()
    may_edit = may(actor_of(request), Act.MANAGE_SETTINGS)
    context = {
        "chosen": chosen,
        "edit_url": reverse("admin:customers_service_change", args=[chosen.pk]) if chosen and may_edit else "",
        "add_url": reverse("admin:customers_service_add") if may_edit else "",
        "legend": _legend(now),
        "instances": _instances(chosen, failing) if chosen else [],
        "spells": states.spells(chosen, actor_of(request)) if chosen else [],
        "drawing": _drawing(layering.draw(keys, below), services, now, chosen),
        "rows": _rows(keys, services, below, now, places),
        "services": services.values(),
    }
    return page(request, "admin/incidents/service_map.html", context, title="Service map")


@dataclass(frozen=True, slots=True)
class _Now:
    """What is wrong: service -> its own state, and service -> the failed one that it stands on."""

    own: Mapping[int, ComponentStatus]
    through: Mapping[int, int]

    def state(self, key: int) -> str:
        """For the class of its box: its own state, or "through"."""
        return self.own.get(key) or ("through" if key in self.through else ComponentStatus.OPERATIONAL)

    def words(self, key: int, services: Mapping[int, Service]) -> str:
        """The state in words."""
        if key in self.own:
            return str(self.own[key].label)
        if key not in self.through:
            return str(ComponentStatus.OPERATIONAL.label)
        return f"affected through {services.get(self.through[key], 'a retired service')}"


def _legend(now: _Now) -> list[tuple[str, str]]:
    """The states in the picture that are not operational, each with its words, the worst first."""
    own = set(now.own.values())
    found = [(str(state), str(state.label)) for state in reversed(ComponentStatus) if state in own]
    return [*found, *([("through", "affected through another")] if now.through else [])]


def _turned(below: Mapping[int, list[int]]) -> dict[int, list[int]]:
    """Service -> those that stand on it."""
    above: dict[int, list[int]] = defaultdict(list)
    for service, several in below.items():
        for one in several:
            above[one].append(service)
    return above


def _places() -> dict[int, str]:
    """Service -> where it runs: "eu-west, 2 instances", or "6 regions, 12 instances"."""
    found: dict[int, list[str]] = defaultdict(list)
    for service, region in Instance.objects.order_by("service", "region__slug").values_list("service", "region__slug"):
        found[service].append(region or "every region")
    places = {}
    for service, regions in found.items():
        several = set(regions)
        where = regions[0] if len(several) == 1 else amount(len(several), "region")
        places[service] = f"{where}, {amount(len(regions), 'instance')}"
    return places


def _instances(chosen: Service, failing: states.Failing) -> list[dict[str, Any]]:
    """The instances of a service by region, each with how many customers are mapped to it and whether it is named."""
    named = {(scope.region_id, scope.instance_id) for scope in failing.scopes if scope.service_id == chosen.pk}
    rows = Instance.objects.filter(service=chosen).select_related("region").order_by("region__slug", "name")
    counted = rows.annotate(
        customers=Count("subscriptions__customer", filter=Q(subscriptions__customer__is_active=True), distinct=True)
    )
    listed = sorted(counted[:MOST_INSTANCES], key=lambda row: (str(row.region or ""), _natural(row.name)))
    return [
        {
            "name": row.name,
            "region": str(row.region or "every region"),
            "customers": row.customers,
            "is_hit": bool(named & {(None, None), (row.region_id, None), (row.region_id, row.pk)}),
        }
        for row in listed
    ]


def _natural(name: str) -> list[tuple[int, str]]:
    """So that 9 comes before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _drawing(
    drawing: layering.Drawing, services: dict[int, Service], now: _Now, chosen: Service | None
) -> dict[str, Any]:
    boxes = [
        {
            "x": box.x,
            "y": box.y,
            "text_x": box.x + 12,
            "text_y": box.y + layering.HEIGHT // 2,
            "name": _short(services[box.key].name),
            "title": services[box.key].name,
            "state": now.state(box.key),
            "words": now.words(box.key, services),
            "url": f"?service={box.key}",
            "is_chosen": chosen is not None and box.key == chosen.pk,
        }
        for box in drawing.boxes
    ]
    hit = now.own.keys() | now.through.keys()
    lines = [
        {"path": line.path, "is_hit": line.end in hit and line.start in hit, "closes_circle": line.closes_circle}
        for line in drawing.lines
    ]
    size = {"box_width": layering.WIDTH, "box_height": layering.HEIGHT}
    return {"width": drawing.width, "height": drawing.height, "boxes": boxes, "lines": lines, **size}


def _rows(
    keys: list[int], services: dict[int, Service], below: dict[int, list[int]], now: _Now, places: dict[int, str]
) -> list[dict[str, Any]]:
    above = _turned(below)
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
            "owner": str(services[key].owner or ""),
            "state": now.words(key, services) if key in now.own else "",
            "through": now.words(key, services) if key in now.through else "",
            "places": places.get(key, ""),
            "depends_on": [services[one].name for one in below.get(key, ())],
            "needed_by": [services[one].name for one in above.get(key, ())],
            "customers": users.get(key, 0),
        }
        for key in keys
    ]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"
