"""S6: every console and review page over a record of years, for every group, in this process.

Queries are the most that any group needs; times are those of the first group that may open the page, through Django's
test client: the whole of middleware, view and template, no network. On a machine that others use, `best_ms` and
`cpu_ms` (of this process, without the database) say what the page itself needs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.long_record import load
from benchmarks.pages import REFRESH, Page, all_pages
from benchmarks.result import Result, Run, percentile, say
from crisisdesk.core import clock
from crisisdesk.core.access import Group
from crisisdesk.core.engine.memory import settle_web

LISTED = 15
# Who is it: the session, the person with the groups. The bar of a refresh counts what comes after.
SIGN_IN = 2


@dataclass(slots=True)
class Measured:
    """What a page cost. Times in milliseconds; `warm` is empty when nobody may open it."""

    page: Page
    queries: int = 0
    cold: float = 0.0
    warm: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    readers: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """Of the warm visits."""
        return percentile(self.warm, 0.95)

    @property
    def breaks(self) -> list[str]:
        """The bars that it breaks, in words."""
        bar, found = self.page.bar, list(self.errors)
        judged = self.cold if bar.is_cold or not self.warm else self.p95
        if self.queries > bar.queries:
            found.append(f"{self.queries} queries, {bar.queries} allowed")
        if judged > bar.milliseconds:
            found.append(f"{judged:.0f} ms, {bar.milliseconds:.0f} allowed")
        return found

    def line(self) -> dict[str, object]:
        """For the JSON line."""
        return {
            "page": self.page.name,
            "queries": self.queries,
            "cold_ms": round(self.cold),
            "p50_ms": round(percentile(self.warm, 0.5)),
            "p95_ms": round(self.p95),
            "best_ms": round(min(self.warm)),
            "cpu_ms": round(min(self.cpu)),
        }


def run(run: Run) -> Result:
    """Load, visit, judge; the value is the number of pages that break a bar."""
    # A refusal (who may not open a page) is an answer here, no fault.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    loaded = load(run.sized(100, 5000), clock.now())
    clients = {}
    for group, person in loaded.people.items():
        clients[group] = Client(raise_request_exception=False)
        clients[group].force_login(person)
    settle_web()  # as a web process does
    visited = [_visit(page, clients, run.sized(4, 10)) for page in all_pages(loaded)]
    opened = [found for found in visited if found.warm]
    broken = {found.page.name: found.breaks for found in visited if found.errors or (found.warm and found.breaks)}
    # Whatever else the machine does: these are too slow by themselves.
    slow = [found.page.name for found in opened if min(found.warm) > found.page.bar.milliseconds]
    details = {
        "rows": loaded.rows,
        "pages": len(opened),
        "broken": broken,
        "slow_at_best": slow,
        "slowest": [found.line() for found in sorted(opened, key=lambda found: -found.p95)[:LISTED]],
        "most_queries": [found.line() for found in sorted(opened, key=lambda found: -found.queries)[:LISTED]],
        "p95_ms_of_all": round(percentile([found.p95 for found in opened], 0.95)),
    }
    return Result(len(broken), 0, not broken, "pages that break a bar", details)


def _visit(page: Page, clients: Mapping[Group, Client], repeats: int) -> Measured:
    found = Measured(page)
    readers = list(_readers(page, clients, found))
    for _ in range(repeats if readers else 0):
        start, before = time.perf_counter(), time.process_time()
        readers[0].get(page.url)
        found.warm.append(1000 * (time.perf_counter() - start))
        found.cpu.append(1000 * (time.process_time() - before))
    if found.errors or (found.warm and found.breaks):
        say(f"{page.name}: {'; '.join(found.breaks)} ({page.url})")
    return found


def _readers(page: Page, clients: Mapping[Group, Client], found: Measured) -> Iterable[Client]:
    """Those who may open it, each having opened it twice: the second time is an unchanged refresh."""
    for group, client in clients.items():
        start = time.perf_counter()
        response = client.get(page.url)
        took = 1000 * (time.perf_counter() - start)
        if response.status_code in (302, 403):
            continue
        if response.status_code != 200:
            found.errors.append(f"{group}: answer {response.status_code}")
            continue
        found.cold = found.cold or took
        etag = response.headers.get("ETag", "")
        found.queries = max(found.queries, _again(page, client, etag))
        found.readers += 1
        yield client


def _again(page: Page, client: Client, etag: str) -> int:
    """How many queries the second visit takes. A page changes with each minute: should one begin just now, a third."""
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page.url, headers={"If-None-Match": etag} if etag else {})
        if page.bar is not REFRESH:
            return len(queries)
        if response.status_code == 304:
            break
        etag = response.headers.get("ETag", "")
    return len(queries) - SIGN_IN
