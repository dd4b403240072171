"""The ledger of promises as a page and as a file: what was promised to customers, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.models import User
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.sheets import KINDS, file_of
from customers.models import Customer, Service
from incidents import ledger, ledger_customers
from incidents.knowing import known_to
from incidents.ledger_groups import BY, Line, lines
from incidents.ledger_shifts import Shifts, shifts_of
from incidents.models import Incident, Promise
from incidents.models.promise import PromiseQuerySet, Verdict
from incidents.periods import PERIODS, period_of
from incidents.room.ledger_files import group_rows, promise_rows
from incidents.room.ledger_words import TONES, amount_late, lateness
from incidents.room.pages import page, seen_by
from incidents.room.reach import number

PER_PAGE = 50
DECIDED = {ledger.KEPT: "kept, early and automatically included"}


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the address chooses: only what whoever looks may see."""

    asked: ledger.Asked
    person: int | None
    named: str
    customer: Customer | None
    by: str
    verdict: str
    sees_customers: bool


@require_safe
@seen_by(Act.VIEW_INCIDENTS)
def promise_ledger(request: HttpRequest) -> HttpResponseBase:
    """Promises by period, incident, service, liaison on shift and customer, listed or summed up."""
    now, zone = clock.now(), ZoneInfo(timezone.get_current_timezone_name())
    chosen = _chosen(request, now, zone)
    customer, by, verdict = chosen.customer, chosen.by, chosen.verdict
    by_whom = actor_of(request)
    rows = ledger.promises(chosen.asked, by_whom)
    shifts = shifts_of(rows)
    if chosen.person is not None:
        rows = shifts.of(rows, chosen.person)
    if customer is not None:
        rows = ledger_customers.for_customer(rows, customer, now)
    found = ledger.counts(rows)
    kept = ledger_customers.kept_for(rows, customer, now) if customer else ledger.kept_of(found)
    if verdict:
        rows = ledger.with_one_verdict(rows, verdict, of_customer=customer is not None)
    if (kind := request.GET.get("as", "")) in KINDS:
        groups = lines(rows, by, zone=zone, now=now, shifts=shifts) if by else []
        return file_of(group_rows(groups) if by else promise_rows(rows, customer), kind, name="promises")
    every: Any = lines(rows, by, zone=zone, now=now, shifts=shifts) if by else _shown(rows)
    listed: Paginator[Any] = Paginator(every, PER_PAGE)
    here = listed.get_page(request.GET.get("page"))
    context = {
        **_chosen_words(chosen),
        "kept": kept,
        "figures": _figures(found, kept, customer, _without(request.GET, "page", "as", "verdict", "by")),
        "found": found,
        "listed": here,
        "listed_count": number(here.paginator.count),
        "lines": [_group(line, by, chosen.asked) for line in here] if by else [],
        "promises": [] if by else [_row(promise, customer is not None) for promise in here],
        "sentence": ledger.sentence_for(customer, kept, chosen.asked.period) if customer else "",
        "choices": _choices(by_whom, shifts, chosen.person),
        "address": _without(request.GET, "page", "as"),
        "address_all": _without(request.GET, "page", "as", "verdict"),
    }
    return page(request, "admin/incidents/ledger.html", context, title="Promises to customers")


def _chosen(request: HttpRequest, now: datetime, zone: ZoneInfo) -> _Choice:
    given = request.GET
    sees_customers = may(actor_of(request), Act.VIEW_CUSTOMERS)
    named = given.get("customer", "").strip()[:200] if sees_customers else ""
    by, verdict = given.get("by", ""), given.get("verdict", "")
    return _Choice(
        asked=_asked(given, now, zone),
        person=whole_number(given.get("person", "")),
        named=named,
        customer=_customer(named),
        by="" if by not in BY or (by == "customer" and not sees_customers) else by,
        verdict=verdict if verdict in Verdict.values or verdict in DECIDED else "",
        sees_customers=sees_customers,
    )


def _chosen_words(chosen: _Choice) -> dict[str, Any]:
    verdict = chosen.verdict
    return {
        "asked": chosen.asked,
        "person": chosen.person,
        "by": chosen.by,
        "by_words": BY.get(chosen.by, ""),
        "customer": chosen.customer,
        "named": chosen.customer.name if chosen.customer else chosen.named,
        "sees_customers": chosen.sees_customers,
        "verdict": verdict,
        "verdict_words": DECIDED.get(verdict) or (str(Verdict(verdict).label) if verdict else ""),
    }


def _asked(given: QueryDict, now: datetime, zone: ZoneInfo) -> ledger.Asked:
    def number(name: str) -> int | None:
        return whole_number(given.get(name, ""))

    return ledger.Asked(
        period_of(given.get("period", "year"), now, zone),
        incident=number("incident"),
        service=number("service"),
    )


def _customer(named: str) -> Customer | None:
    """The customer of an id, a name, a reference or, failing these, a part of a name; None when there is none."""
    if not named:
        return None
    if (number := whole_number(named)) is not None:
        return Customer.objects.filter(Q(pk=number) | Q(reference=named)).order_by("pk").first()
    exact = Customer.objects.filter(Q(name__iexact=named) | Q(reference__iexact=named)).first()
    return exact or Customer.objects.filter(name__icontains=named).order_by("name").first()


def _choices(by: Actor, shifts: Shifts, person: int | None) -> dict[str, Any]:
    people = shifts.people()
    if person is not None and person not in {one.pk for one in people}:
        people += User.objects.filter(pk=person)
    kept = Incident.objects.real().filter(known_to(by), promises__isnull=False).distinct().order_by("-pk")
    sees_customers = may(by, Act.VIEW_CUSTOMERS)
    return {
        "periods": PERIODS.items(),
        "names": list(PERIODS),
        "by": [(key, words) for key, words in BY.items() if key != "customer" or sees_customers],
        "services": Service.objects.order_by("name"),
        "people": people,
        "incidents": kept[:200],
    }


def _shown(rows: PromiseQuerySet) -> PromiseQuerySet:
    return rows.select_related("incident", "closed_by")


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


def _group(line: Line, by: str, asked: ledger.Asked) -> dict[str, Any]:
    share = line.kept.share
    if by in ("month", "quarter"):
        link = f"?period={line.span}" if line.span else ""
    else:
        link = f"?{by}={line.key}&period={asked.period.name}" if line.key else ""
    return {
        "line": line,
        "name": line.name,
        "link": link,
        "share": "–" if share is None else f"{share:.0%}",
        "missed": line.found[Verdict.MISSED],
        "automatic": line.found.get(Verdict.AUTOMATIC, 0),
        "worst": amount_late(line.worst_seconds) if line.worst_seconds else "",
    }


def _figures(found: dict[str, int], kept: ledger.Kept, customer: Customer | None, address: str) -> list[dict[str, Any]]:
    """The figures on top, each with the address of the rows behind it."""
    whose = "kept to this customer" if customer else "promises kept"
    rows: list[tuple[str, str, int | str, str]] = [
        (ledger.KEPT, whose, kept.kept if kept.total else "–", f"/ {number(kept.total)}" if kept.total else ""),
        (Verdict.EARLY, "of them early", found[Verdict.EARLY], ""),
        (Verdict.AUTOMATIC, "of them automatically", found[Verdict.AUTOMATIC], ""),
        (Verdict.MISSED, "missed", found[Verdict.MISSED], ""),
        (Verdict.OPEN, "open now", found[Verdict.OPEN], ""),
    ]
    if customer:
        rows = [rows[0], (Verdict.MISSED, "not kept to it", kept.total - kept.kept, "")]
    before = f"?{address}&" if address else "?"
    return [
        {
            "label": label,
            "value": value,
            "text": number(value) if isinstance(value, int) else value,
            "of": of,
            "url": f"{before}verdict={verdict}",
        }
        for verdict, label, value, of in rows
    ]


def _without(given: QueryDict, *names: str) -> str:
    left = given.copy()
    for name in names:
        left.pop(name, None)
    return left.urlencode()
