"""The ledger of promises: kept, kept early, kept automatically, missed and by how long.

For the incident a promise is kept when the next send was committed by the due time; what was promised to a customer,
and kept to it, says `ledger_customers`. Drills are no promises to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.db.models import Count
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from crisisdesk.core.actors import Actor
from customers.models import Customer
from incidents.knowing import known_to
from incidents.models import Promise
from incidents.models.promise import PromiseQuerySet, Verdict
from incidents.periods import Period

# What a figure "kept" counts: by its time, early or automatically.
KEPT = "all-kept"
KEPT_VERDICTS = (Verdict.KEPT, Verdict.EARLY, Verdict.AUTOMATIC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know about; None: whichever. Ids of rows."""

    period: Period
    incident: int | None = None
    service: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises that are decided, and how many of them were kept."""

    kept: int
    total: int

    @property
    def share(self) -> float | None:
        """Of all, between 0 and 1; None when nothing was promised."""
        return self.kept / self.total if self.total else None


def promises(asked: Asked, by: Actor | None = None) -> PromiseQuerySet:
    """Promises due in the period of incidents that `by` may know of, drills apart, annotated `verdict`; newest first.

    By shift: `ledger_shifts`.
    """
    rows = Promise.objects.filter(known_to(by, "incident__"), incident__is_drill=False).with_verdict()
    if asked.period.since:
        rows = rows.filter(due_at__gte=asked.period.since)
    if asked.period.until:
        rows = rows.filter(due_at__lt=asked.period.until)
    if asked.incident:
        rows = rows.filter(incident=asked.incident)
    if asked.service:
        rows = rows.filter(incident__affected__service=asked.service).distinct()
    return rows.order_by("-due_at", "-pk")


def counts(rows: PromiseQuerySet) -> dict[str, int]:
    """How many of each verdict; every verdict is named."""
    pks: Any = Promise.objects.filter(pk__in=rows.order_by().values("pk")).with_verdict()
    found = {row["verdict"]: row["count"] for row in pks.order_by().values("verdict").annotate(count=Count("pk"))}
    return {verdict.value: found.get(verdict.value, 0) for verdict in Verdict}


def kept_of(found: dict[str, int]) -> Kept:
    """Kept and decided, from `counts`: what is still open or was released counts for neither."""
    kept = sum(found[verdict] for verdict in KEPT_VERDICTS)
    return Kept(kept, kept + found[Verdict.MISSED])


def with_one_verdict(rows: PromiseQuerySet, verdict: str, *, of_customer: bool = False) -> PromiseQuerySet:
    """Only those of a verdict, or `KEPT` for the three kinds of kept: the rows behind a figure.

    `of_customer`: of rows from `ledger_customers.for_customer`, as they were kept or missed for that customer.
    """
    annotated: Any = rows
    if of_customer and verdict in (KEPT, Verdict.MISSED):
        found = annotated.filter(is_kept_for=verdict == KEPT)
    else:
        found = annotated.filter(verdict__in=KEPT_VERDICTS if verdict == KEPT else [verdict])
    return cast("PromiseQuerySet", found)


def sentence(kept: Kept, when: Period) -> str:
    """The line that can be sent to a customer: "We kept 41 of 42 promises to you this year." In the active language."""
    if not kept.total:
        return gettext("We promised you no update %(when)s.") % {"when": _said(when)}
    text = ngettext(
        "We kept %(kept)d of %(total)d promise to you %(when)s.",
        "We kept %(kept)d of %(total)d promises to you %(when)s.",
        kept.total,
    )
    return text % {"kept": kept.kept, "total": kept.total, "when": _said(when)}


def sentence_for(customer: Customer, kept: Kept, when: Period) -> str:
    """The same in the customer's language: people copy it into a letter."""
    with translation.override(customer.language):
        return sentence(kept, when)


def _said(when: Period) -> str:
    """A stretch of time at the end of a sentence, in the active language."""
    named = {
        "week": gettext("in the last 7 days"),
        "month": gettext("this month"),
        "last-month": gettext("last month"),
        "quarter": gettext("this quarter"),
        "last-quarter": gettext("last quarter"),
        "year": gettext("this year"),
        "last-year": gettext("last year"),
        "all": gettext("so far"),
    }
    if when.name in named:
        return named[when.name]
    year, part = when.name.split("-")
    if part.startswith("q"):
        return gettext("in Q%(quarter)s %(year)s") % {"quarter": part[1:], "year": year}
    return gettext("in %(month)s") % {"month": date_format(date(int(year), int(part), 1), "F Y")}
