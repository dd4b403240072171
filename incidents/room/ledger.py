"""The ledger of promises as a page and as a file: what was promised to customers, and what became of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act, Group, may
from crisisdesk.core.console import actor_of
from crisisdesk.core.models import User
from crisisdesk.core.numbers import whole_number
from customers.imports.reading import guarded
from customers.models import Customer, Service
from incidents import ledger
from incidents.ledger_groups import BY, Line, lines
from incidents.models import Incident, Promise
from incidents.models.promise import PromiseQuerySet, Verdict
from incidents.periods import PERIODS, period
from incidents.room.ledger_words import TONES, amount_late, lateness
from incidents.room.pages import page, seen_by

PER_PAGE = 50


@require_safe
@seen_by(Act.VIEW_INCIDENTS)
def promise_ledger(request: HttpRequest) -> HttpResponseBase:
    """Promises by period, incident, service, liaison on shift and customer, listed or summed up."""
    now, zone = clock.now(), ZoneInfo(timezone.get_current_timezone_name())
    asked = _asked(request.GET, now, zone)
    sees_customers = may(actor_of(request), Act.VIEW_CUSTOMERS)
    named = request.GET.get("customer", "").strip()[:200] if sees_customers else ""
    by = request.GET.get("by", "")
    if by not in BY or (by == "customer" and not sees_customers):
        by = ""
    customer = _customer(named)
    rows = ledger.promises(asked)
    if customer is not None:
        rows = ledger.for_customer(rows, customer, now)
    if request.GET.get("as") == "csv":
        return _file(_lines_file(lines(rows, by, zone=zone, now=now)) if by else _promises_file(rows, customer))
    found = ledger.counts(rows)
    every: Any = lines(rows, by, zone=zone, now=now) if by else _shown(rows)
    listed: Paginator[Any] = Paginator(every, PER_PAGE)
    here = listed.get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "by": by,
        "by_words": BY.get(by, ""),
        "customer": customer,
        "named": customer.name if customer else named,
        "sees_customers": sees_customers,
        "kept": ledger.kept_for(rows, customer, now) if customer else ledger.kept_of(found),
        "found": found,
        "listed": here,
        "lines": [_group(line, by) for line in here] if by else [],
        "promises": [] if by else [_row(promise, customer is not None) for promise in here],
        "sentence": _sentence(rows, customer, asked, now) if customer else "",
        "choices": _choices(sees_customers),
        "address": _without(request.GET, "page", "as"),
    }
    return page(request, "admin/incidents/ledger.html", context, title="Promises to customers")


def _asked(given: QueryDict, now: datetime, zone: ZoneInfo) -> ledger.Asked:
    def number(name: str) -> int | None:
        return whole_number(given.get(name, ""))

    name = given.get("period", "year")
    return ledger.Asked(
        period(name if name in PERIODS else "year", now, zone),
        incident=number("incident"),
        service=number("service"),
        person=number("person"),
    )


def _customer(named: str) -> Customer | None:
    """The customer of an id, a name, a reference or, failing these, a part of a name; None when there is none."""
    if not named:
        return None
    if (number := whole_number(named)) is not None:
        return Customer.objects.filter(Q(pk=number) | Q(reference=named)).order_by("pk").first()
    exact = Customer.objects.filter(Q(name__iexact=named) | Q(reference__iexact=named)).first()
    return exact or Customer.objects.filter(name__icontains=named).order_by("name").first()


def _choices(sees_customers: bool) -> dict[str, Any]:
    liaisons = User.objects.filter(groups__name=Group.SUPPORT).order_by("first_name", "last_name", "pk")
    kept = Incident.objects.real().filter(promises__isnull=False).distinct().order_by("-pk")
    return {
        "periods": PERIODS.items(),
        "by": [(key, words) for key, words in BY.items() if key != "customer" or sees_customers],
        "services": Service.objects.order_by("name"),
        "people": liaisons,
        "incidents": kept[:200],
    }


def _shown(rows: PromiseQuerySet) -> PromiseQuerySet:
    return ledger.with_person(rows).select_related("incident", "closed_by")


def _row(promise: Promise, is_of_customer: bool) -> dict[str, Any]:
    verdict = Verdict(promise.verdict)  # type: ignore[attr-defined]
    if is_of_customer:
        kept = promise.is_kept_for  # type: ignore[attr-defined]
        words, tone = ("kept", "green") if kept else ("not kept", "red")
    else:
        words, tone = verdict.label, TONES[verdict]
    return {
        "due_at": promise.due_at,
        "incident": promise.incident,
        "words": words,
        "tone": tone,
        "late": lateness(promise),
        "closed_by": promise.closed_by,
    }


def _group(line: Line, by: str) -> dict[str, Any]:
    share = line.kept.share
    return {
        "line": line,
        "name": line.name,
        "link": f"?{by}={line.key}&period=" if line.key and by in ("incident", "service", "person", "customer") else "",
        "share": "–" if share is None else f"{share:.0%}",
        "missed": line.found[Verdict.MISSED],
        "automatic": line.found.get(Verdict.AUTOMATIC, 0),
        "worst": amount_late(line.worst_seconds) if line.worst_seconds else "",
    }


def _sentence(rows: PromiseQuerySet, customer: Customer, asked: ledger.Asked, now: datetime) -> str:
    return ledger.sentence(ledger.kept_for(rows, customer, now), asked.period)


def _promises_file(rows: PromiseQuerySet, customer: Customer | None) -> Iterator[list[str]]:
    yield ["incident", "title", "made_at", "due_at", "verdict", "closed_at", "late_seconds", "customer", "kept_for_it"]
    for promise in rows.select_related("incident").iterator(chunk_size=500):
        yield [
            promise.incident.reference,
            promise.incident.title,
            _utc(promise.made_at),
            _utc(promise.due_at),
            str(promise.verdict),  # type: ignore[attr-defined]
            _utc(promise.closed_at),
            "" if promise.late_seconds is None else str(promise.late_seconds),
            customer.name if customer else "",
            ("yes" if promise.is_kept_for else "no") if customer else "",  # type: ignore[attr-defined]
        ]


def _lines_file(groups: Iterable[Line]) -> Iterator[list[str]]:
    yield ["name", "promises", "kept", "missed", "worst_late_seconds"]
    for line in groups:
        counts = (line.kept.total, line.kept.kept, line.found[Verdict.MISSED], line.worst_seconds or 0)
        yield [line.name, *map(str, counts)]


def _file(rows: Iterator[list[str]]) -> StreamingHttpResponse:
    """A CSV file whose cells no spreadsheet takes for a formula. Times are UTC."""
    parts = (_line(row) for row in rows)
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="promises.csv"'
    return response


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([guarded(cell) for cell in cells])
    return text.getvalue()


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _without(given: QueryDict, *names: str) -> str:
    left = given.copy()
    for name in names:
        left.pop(name, None)
    return left.urlencode()
