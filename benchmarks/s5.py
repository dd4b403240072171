"""S5: who is affected, and why, among 100,000 customers with 300,000 contacts and 200 services.

Four scopes, from a service that many others stand on to one instance of a service that nothing stands on. For each:
the count, a page of fifty contacts with their reasons (as the audience page orders it), and the freeze of a message.
The bars are judged by the clock; `…_processor_…` is what the work itself took, whatever else the machine did.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count

from benchmarks.people import loader
from benchmarks.processor import processor_seconds
from benchmarks.result import Result, Run, percentile, say
from crisisdesk.core import clock
from customers.affected import Audience, Scope, audience
from customers.company.load import load_company
from customers.delivery.compose import Rendered, queue_message
from customers.models import Contact, Instance, Service, Subscription

COUNT_SECONDS = PAGE_SECONDS = 0.2
FREEZE_SECONDS = 3.0
PER = 100_000
PAGE = 50


def run(run: Run) -> Result:
    """Measure each scope; the value is the worst figure as a share of its bar."""
    customers = run.sized(2_000, 100_000)
    began = time.monotonic()
    load_company(size=customers, by=loader(), now=clock.now())
    say(f"{customers:,} customers in {time.monotonic() - began:.0f} s")
    _analyse()
    repeats = run.sized(5, 15)
    measured = {name: _measure(name, scopes, repeats) for name, scopes in _scopes().items()}
    shares = [
        max(
            row["count_ms"] / 1000 / COUNT_SECONDS,
            row["page_ms"] / 1000 / PAGE_SECONDS,
            # Below a few thousand readers the fixed part of a send says nothing about 100,000.
            row["freeze_s"] / FREEZE_SECONDS * PER / max(row["contacts"], PER // 4),
        )
        for row in measured.values()
    ]
    details = {
        "customers": customers,
        "contacts": Contact.objects.count(),
        "services": Service.objects.count(),
        "subscriptions": Subscription.objects.count(),
        "bars": {"count_ms": 200, "page_ms": 200, "freeze_s_per_100000": FREEZE_SECONDS},
        "scopes": measured,
    }
    return Result(round(max(shares), 2), 1.0, max(shares) <= 1.0, "worst figure as a share of its bar", details)


def _analyse() -> None:
    """What autovacuum does by itself within minutes; SQLite stays as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _scopes() -> dict[str, list[Scope]]:
    services = Service.objects.annotate(below=Count("dependents")).order_by("-below", "pk")
    base, leaf = services[0], services.filter(below=0).order_by("-pk")[0]
    instance = Instance.objects.filter(service=base).order_by("pk")[0]
    one = Instance.objects.filter(service=leaf).order_by("pk")[0]
    return {
        "a base everywhere": [Scope(base.pk)],
        "a base in one region": [Scope(base.pk, instance.region_id)],
        "three services in one region": [Scope(row.pk, instance.region_id) for row in services[1:4]],
        "a leaf's instance": [Scope(leaf.pk, one.region_id, one.pk)],
    }


def _measure(name: str, scopes: list[Scope], repeats: int) -> dict[str, float]:
    found = audience(scopes)
    counts = found.counts()
    row: dict[str, float] = {
        "customers": counts.customers,
        "contacts": counts.contacts,
        **_milliseconds("count", lambda: audience(scopes).counts(), repeats),
        **_milliseconds("page", lambda: _page(audience(scopes), 0), repeats),
        **_milliseconds("last_page", lambda: _page(audience(scopes), counts.contacts - PAGE), 3),
    }
    before = processor_seconds()
    row["freeze_s"] = round(_freeze(found, clock.now()), 2)
    row["freeze_processor_s"] = round(processor_seconds() - before, 2)
    row["freeze_s_per_100000"] = round(row["freeze_s"] * PER / max(counts.contacts, 1), 2)
    say(f"{name}: {row}")
    return row


def _milliseconds(name: str, act: Callable[[], object], repeats: int) -> dict[str, float]:
    """The 95th percentile and the mean processor time after one warm-up."""
    act()
    times, before = [], processor_seconds()
    for _ in range(repeats):
        start = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - start))
    processor = 1000 * (processor_seconds() - before) / repeats
    return {f"{name}_ms": round(percentile(times, 0.95), 1), f"{name}_processor_ms": round(processor, 1)}


def _page(found: Audience, offset: int) -> list[tuple[str, str]]:
    """As the audience page reads it."""
    rows = found.members().select_related("customer").order_by("customer__name", "name", "pk")
    page = list(rows[max(offset, 0) : max(offset, 0) + PAGE])
    reasons = found.reasons([row.pk for row in page])
    return [(row.name, reasons[row.pk]) for row in page]


def _freeze(found: Audience, now: datetime) -> float:
    """Seconds to write and commit a message with a delivery for each reader."""
    words = Rendered("Payments are failing", "Since 14:00 payments fail. [[progress_url]]", "")
    start = time.perf_counter()
    with transaction.atomic():
        queue_message(
            thread_key="INC-1",
            kind="initial",
            priority=1,
            is_drill=False,
            recipients=found.contacts(),
            render=lambda _reader: words,
            link_purpose="progress",
            by=loader(),
            now=now,
        )
    return time.perf_counter() - start
