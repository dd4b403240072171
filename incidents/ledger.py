"""The ledger of promises: kept, kept early, kept automatically, missed and by how long.

For the incident a promise is kept when the next send was committed by the due time. For a customer it is kept when a
delivery of that send to one of its contacts was accepted by the due time + 60 s; a customer whom the promising message
never reached was promised nothing. Drills are no promises to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models import DateTimeField as Moment
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from crisisdesk.core.actors import Actor
from customers.delivery.consent import CHOSE_START_AND_END
from customers.models import Customer, Delivery, DeliveryState
from customers.models.delivery import ACCEPTED_STATES
from incidents.knowing import known_to
from incidents.models import CarriedOver, Outcome, Promise
from incidents.models.promise import PromiseQuerySet, Verdict
from incidents.periods import Period

HAND_OVER = timedelta(seconds=60)
_CHOSEN = Q(state=DeliveryState.SUPPRESSED, state_reason=CHOSE_START_AND_END)
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

    `of_customer`: of rows from `for_customer`, as they were kept or missed for that customer.
    """
    annotated: Any = rows
    if of_customer and verdict in (KEPT, Verdict.MISSED):
        found = annotated.filter(is_kept_for=verdict == KEPT)
    else:
        found = annotated.filter(verdict__in=KEPT_VERDICTS if verdict == KEPT else [verdict])
    return cast("PromiseQuerySet", found)


def for_customer(rows: PromiseQuerySet, customer: Customer, now: datetime) -> PromiseQuerySet:
    """The promises of `rows` that were made to this customer and are past, annotated `is_kept_for` (true or false)."""
    to_them = Delivery.objects.filter(contact__customer=customer, state__in=ACCEPTED_STATES)
    told = to_them.filter(message=OuterRef("made_by__message"))
    heard = to_them.filter(message=OuterRef("closed_by__message"), sent_at__lte=_latest(OuterRef("due_at")))
    # Of a promise that was taken over with its readers, they are those who came along.
    carried = CarriedOver.objects.filter(contact__customer=customer, incident=OuterRef("incident"))
    theirs = Exists(told) | (Q(made_by__message=None) & Exists(carried))
    made: Any = _decided(rows, now).filter(theirs).annotate(is_kept_for=Exists(heard))
    # All who were to get the update in time had chosen start and end only: they were promised no more.
    sent = Delivery.objects.filter(contact__customer=customer, message=OuterRef("closed_by__message"))
    wanted_none = Exists(sent.filter(_CHOSEN)) & ~Exists(sent.exclude(_CHOSEN))
    return cast("PromiseQuerySet", made.exclude(Q(outcome=Outcome.KEPT) & wanted_none))


def kept_for(rows: PromiseQuerySet, customer: Customer, now: datetime) -> Kept:
    """How many promises of `rows` were made to this customer, and how many were kept to it."""
    mine: Any = for_customer(rows, customer, now)
    return Kept(**mine.aggregate(kept=Count("pk", filter=Q(is_kept_for=True)), total=Count("pk")))


def per_customer(rows: PromiseQuerySet, now: datetime) -> QuerySet[Delivery, Any]:
    """For every customer that was promised something: `contact__customer`, `promised` and `kept`, most broken first.

    Reads the deliveries of every message that made one of the promises: meant for a period, not for each page view.
    """
    made = "message__update__promise"
    decided = _decided(rows, now).order_by().values("pk")
    heard = Delivery.objects.filter(
        contact__customer=OuterRef("contact__customer"),
        message=OuterRef(f"{made}__closed_by__message"),
        state__in=ACCEPTED_STATES,
        sent_at__lte=_latest(OuterRef(f"{made}__due_at")),
    )
    sent = Delivery.objects.filter(
        contact__customer=OuterRef("contact__customer"), message=OuterRef(f"{made}__closed_by__message")
    )
    wanted_none = Exists(sent.filter(_CHOSEN)) & ~Exists(sent.exclude(_CHOSEN))
    told = Delivery.objects.filter(**{f"{made}__in": decided}, state__in=ACCEPTED_STATES)
    told = told.exclude(Q(**{f"{made}__outcome": Outcome.KEPT}) & wanted_none)
    return (
        told.annotate(heard=Exists(heard))
        .order_by()
        .values("contact__customer")
        .annotate(promised=Count(made, distinct=True), kept=Count(made, distinct=True, filter=Q(heard=True)))
        .order_by(F("promised") - F("kept"), "promised", "contact__customer")
        .reverse()
    )


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


def _decided(rows: PromiseQuerySet, now: datetime) -> PromiseQuerySet:
    return rows.exclude(outcome=Outcome.RELEASED).filter(due_at__lte=now - HAND_OVER)


def _latest(due: OuterRef) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(due + HAND_OVER, output_field=Moment())
