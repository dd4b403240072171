"""The ledger of promises summed up: by incident, service, shift, month, quarter or customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth, TruncQuarter

from crisisdesk.core.models import User
from customers.models import Customer, Service
from incidents.ledger import Kept, kept_of
from incidents.ledger_customers import per_customer
from incidents.ledger_shifts import Shifts, shifts_of
from incidents.models import Incident, Promise
from incidents.models.promise import PromiseQuerySet, Verdict

BY = {
    "incident": "by incident",
    "service": "by service",
    "person": "by liaison on shift",
    "month": "by month",
    "quarter": "by quarter",
    "customer": "by customer",
}

# A group, a verdict, how many promises, and the most seconds that one of them was late.
Counted = tuple[object, str, int, int | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One group: its name, its promises by verdict, the latest that an update came (seconds). `key`: id of the row."""

    name: str
    kept: Kept
    found: Mapping[str, int]
    worst_seconds: int | None = None
    key: int | None = None
    # Of a month or a quarter: its name as a period in an address.
    span: str = ""


def lines(rows: PromiseQuerySet, by: str, *, zone: ZoneInfo, now: datetime, shifts: Shifts | None = None) -> list[Line]:
    """The groups of `rows`, the newest or the most broken first. `by` is a key of `BY`; KeyError otherwise.

    A promise due in the shift of two people counts for both. `shifts` saves reading them again.
    """
    if by == "customer":
        return _customers(rows, now)
    field: dict[str, str | Combinable] = {
        "incident": "incident",
        "service": "incident__affected__service",
        "month": TruncMonth("due_at", tzinfo=zone),
        "quarter": TruncQuarter("due_at", tzinfo=zone),
    }
    plain = Promise.objects.filter(pk__in=rows.order_by().values("pk")).with_verdict().order_by()
    verdicts: dict[object, dict[str, int]] = defaultdict(lambda: dict.fromkeys(Verdict.values, 0))
    worst: dict[object, int] = {}
    for group, verdict, count, late in _by_shift(plain, shifts) if by == "person" else _counted(plain, field[by]):
        verdicts[group][verdict] += count
        worst[group] = max(worst.get(group, 0), late or 0)
    names = _names(by, list(verdicts))
    found = [
        Line(
            names[group],
            kept_of(counts),
            counts,
            worst[group] or None,
            group if isinstance(group, int) else None,
            _span(by, group),
        )
        for group, counts in verdicts.items()
    ]
    if by in ("month", "quarter"):
        order = {names[group]: group for group in verdicts}
        return sorted(found, key=lambda line: str(order[line.name]), reverse=True)
    return sorted(found, key=lambda line: (-line.found[Verdict.MISSED], -line.kept.total, line.name))


def _counted(plain: PromiseQuerySet, key: str | Combinable) -> Iterable[Counted]:
    rows: Any = plain.annotate(group=F(key) if isinstance(key, str) else key).values("group", "verdict")
    found = rows.annotate(count=Count("pk", distinct=True), worst=Max("late_seconds"))
    return cast("Iterable[Counted]", found.values_list("group", "verdict", "count", "worst"))


def _by_shift(plain: PromiseQuerySet, shifts: Shifts | None) -> Iterable[Counted]:
    shifts = shifts or shifts_of(plain)
    rows: Any = plain
    for due_at, verdict, late in rows.values_list("due_at", "verdict", "late_seconds").iterator():
        people: list[User | None] = [*shifts.at(due_at)] or [None]
        for person in people:
            yield person and person.pk, verdict, 1, late


def _span(by: str, group: object) -> str:
    if by not in ("month", "quarter") or not isinstance(group, datetime):
        return ""
    return f"{group.year}-{group.month:02}" if by == "month" else f"{group.year}-q{(group.month + 2) // 3}"


def _names(by: str, groups: list[object]) -> dict[object, str]:
    if by == "month":
        return {group: f"{group:%B %Y}" for group in groups}
    if by == "quarter":
        return {group: f"Q{(group.month - 1) // 3 + 1} {group.year}" for group in groups}  # type: ignore[attr-defined]
    model = {"incident": Incident, "service": Service, "person": User}[by]
    ids = [group for group in groups if group is not None]
    known = {row.pk: str(row) for row in model._default_manager.filter(pk__in=ids)}
    nobody = {"person": "nobody on shift", "service": "no service named", "incident": ""}[by]
    return {group: known.get(group, nobody) for group in groups}


def _customers(rows: PromiseQuerySet, now: datetime) -> list[Line]:
    counted = per_customer(rows, now)
    names = dict(Customer.objects.values_list("pk", "name"))
    return [
        Line(
            names[row.customer],
            row.kept,
            {Verdict.MISSED: row.kept.total - row.kept.kept},
            key=row.customer,
        )
        for row in counted
    ]
