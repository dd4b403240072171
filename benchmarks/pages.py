"""Every page of the console and of the review, with the bar that holds for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Count, Model
from django.urls import reverse
from django.utils.http import urlencode

from benchmarks.long_record import Loaded
from incidents.models import Alert, Incident, Update
from postmortems.listings import LISTINGS
from postmortems.models import Cause, Postmortem
from postmortems.selection import PERIODS

SEARCH = "eu payments 42"


@dataclass(frozen=True, slots=True)
class Bar:
    """The most queries, and the most milliseconds (of a warm page; with `is_cold` of the first visit)."""

    queries: int
    milliseconds: float
    is_cold: bool = False


PLAIN = Bar(15, 150)
BUSY = Bar(25, 150)  # command centre and room
REFRESH = Bar(2, 150)  # nothing has changed since the last one
REVIEW = Bar(25, 1000, is_cold=True)


@dataclass(frozen=True, slots=True)
class Page:
    """An address and what it may cost."""

    name: str
    url: str
    bar: Bar = PLAIN


def all_pages(loaded: Loaded) -> list[Page]:
    """The console's own pages, every list and form of the admin, the review."""
    return [*_own(loaded), *_registered(), *_review()]


def _own(loaded: Loaded) -> Iterator[Page]:
    worst = loaded.worst
    old = Incident.objects.filter(status="resolved").order_by("pk")[0]
    sent = Update.objects.filter(incident=worst).order_by("-number")[0]
    alert = Alert.objects.unqualified().order_by("-pk")[0]
    yield Page("command centre", reverse("admin:index"), BUSY)
    yield Page("command centre, refresh", reverse("admin:centre_live"), REFRESH)
    yield Page("all records", reverse("admin:records"))
    yield Page("report a problem", reverse("admin:report_problem"))
    yield Page("qualify", reverse("admin:qualify", args=[alert.pk]))
    for name, row in (("worst", worst), ("resolved", old)):
        yield Page(f"room, {name}", reverse("admin:incidents_incident_change", args=[row.pk]), BUSY)
        yield Page(f"room, {name}, refresh", reverse("admin:room_live", args=[row.pk]), REFRESH)
        yield Page(f"compose, {name}", reverse("admin:compose", args=[row.pk]))
    audience = reverse("admin:audience", args=[worst.pk])
    yield Page("scope", reverse("admin:scope", args=[worst.pk]))
    yield Page("audience", audience)
    yield Page("audience, last page", f"{audience}?page=last")
    yield Page("audience, searched", f"{audience}?q=an")
    yield Page("compose, preview", reverse("admin:compose_preview", args=[worst.pk]))
    yield Page("deliveries", reverse("admin:deliveries", args=[sent.pk]))
    yield Page("deliveries, refresh", reverse("admin:deliveries_live", args=[sent.pk]), REFRESH)


def _registered() -> Iterator[Page]:
    """List, search, last page, form of the newest and the oldest row, its history and the empty form."""
    for model, model_admin in sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label):
        yield from _of_model(model, model_admin)


def _of_model(model: type[Model], model_admin: Any) -> Iterator[Page]:
    label = model._meta.label
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    listed = reverse(f"{base}_changelist")
    yield Page(f"{label} list", listed)
    count = model._default_manager.count()
    if count > model_admin.list_per_page:
        yield Page(f"{label} list, last page", f"{listed}?p={-(-count // model_admin.list_per_page)}")
    if model_admin.search_fields:
        yield Page(f"{label} list, searched", f"{listed}?{urlencode({'q': SEARCH})}")
    yield Page(f"{label} empty form", reverse(f"{base}_add"))
    for name, order in (("newest", "-pk"), ("oldest", "pk")):
        row = model._default_manager.order_by(order).first()
        if row is not None:
            bar = BUSY if model is Incident else PLAIN
            yield Page(f"{label} form, {name}", reverse(f"{base}_change", args=[row.pk]), bar)
            yield Page(f"{label} history, {name}", reverse(f"{base}_history", args=[row.pk]))


def _review() -> Iterator[Page]:
    index = reverse("review:index")
    for period in PERIODS:
        yield Page(f"review, {period}", f"{index}?period={period}", REVIEW)
    for chart in ("outages", "causes"):
        yield Page(f"review chart, {chart}", f"{reverse('review:chart', args=[chart])}?period=all", REVIEW)
    cause = Cause.objects.annotate(times=Count("postmortems")).order_by("-times")[0]
    yield Page("review cause", f"{reverse('review:cause', args=[cause.pk])}?period=all", REVIEW)
    for name, order in (("newest", "-incident"), ("oldest", "incident")):
        report = Postmortem.objects.order_by(order)[0]
        yield Page(f"review incident, {name}", reverse("review:incident", args=[report.incident_id]), REVIEW)
    for listing in LISTINGS:
        url = f"{reverse('review:rows', args=[listing])}?period=all"
        yield Page(f"review rows, {listing}", url, REVIEW)
        yield Page(f"review rows, {listing}, last page", f"{url}&page=9999", REVIEW)
