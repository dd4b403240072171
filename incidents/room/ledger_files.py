"""The rows of the ledger of promises as a file. Times are UTC."""

from __future__ import annotations

from collections.abc import Iterable

from crisisdesk.core.sheets import Rows, utc
from customers.models import Customer
from incidents.ledger_groups import Line
from incidents.models.promise import PromiseQuerySet, Verdict


def promise_rows(rows: PromiseQuerySet, customer: Customer | None) -> Rows:
    """One row for each promise, headings first."""
    yield ["incident", "title", "made_at", "due_at", "verdict", "closed_at", "late_seconds", "customer", "kept_for_it"]
    for promise in rows.select_related("incident").iterator(chunk_size=500):
        yield [
            promise.incident.reference,
            promise.incident.title,
            utc(promise.made_at),
            utc(promise.due_at),
            str(promise.verdict),  # type: ignore[attr-defined]
            utc(promise.closed_at),
            "" if promise.late_seconds is None else promise.late_seconds,
            customer.name if customer else "",
            ("yes" if promise.is_kept_for else "no") if customer else "",  # type: ignore[attr-defined]
        ]


def group_rows(groups: Iterable[Line]) -> Rows:
    """One row for each group, headings first."""
    yield ["name", "promises", "kept", "early", "automatic", "missed", "worst_late_seconds"]
    for line in groups:
        found = line.found
        apart = [found.get(verdict, 0) for verdict in (Verdict.EARLY, Verdict.AUTOMATIC, Verdict.MISSED)]
        yield [line.name, line.kept.total, line.kept.kept, *apart, line.worst_seconds or 0]
