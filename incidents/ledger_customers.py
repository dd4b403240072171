"""What was promised to each customer, and whether it was kept to it (Step 4).

A customer was promised an update by a time when a mail system took, for one of its contacts, the message that made the
promise, or one that repeated it while it stood: the catch-up of the newly affected, a correction. It is kept when one
takes the next update by that time and 60 s. A customer whom no such message reached was promised nothing.

Incidents that are merged or split change neither. Where another incident makes the promise anew for the readers who go
over to it, that one counts for them in the place of the first. A promise that is released without one stays what was
said to its readers: a message of the incident that continues keeps it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models import DateTimeField as Moment

from customers.models import Customer, Delivery
from customers.models.delivery import ACCEPTED_STATES
from customers.preferences import CHOSEN
from incidents.ledger import Kept
from incidents.models import PROMISING_KINDS, CarriedOver, Outcome, Promise, Update, UpdateKind
from incidents.models.promise import PromiseQuerySet
from incidents.periods import Period

HAND_OVER = timedelta(seconds=60)
REPEATING = (UpdateKind.CATCH_UP, UpdateKind.CORRECTION)
# What fulfils a promise; readers who went over to another incident hear its news by a catch-up first.
CLOSING = (*PROMISING_KINDS, UpdateKind.FINAL)
CLOSING_THERE = (*CLOSING, UpdateKind.CATCH_UP)


@dataclass(frozen=True, slots=True)
class Owed:
    """One customer, by its number, and how many promises were made and kept to it."""

    customer: int
    kept: Kept


def decided(rows: PromiseQuerySet, now: datetime) -> PromiseQuerySet:
    """Those of `rows` that are past, the time for the hand-over included."""
    return rows.filter(due_at__lte=now - HAND_OVER)


def made_to(rows: PromiseQuerySet, customer: Customer) -> PromiseQuerySet:
    """The promises of `rows` that were made to this customer, annotated `is_kept_for`: true once it is kept to it."""
    pair = _pair_of_promise(customer)
    wrote = Delivery.objects.filter(contact__customer=customer).values("message__update__incident")
    joined = CarriedOver.objects.filter(contact__customer=customer).values("incident")
    theirs = rows.filter(Q(incident__in=wrote) | Q(incident__in=joined))
    again = pair.repeats()
    while_it_stood = Q(Exists(again), closed_at=None) | Q(Exists(again.filter(sent_at__lt=OuterRef("closed_at"))))
    theirs = theirs.filter(pair.told() | while_it_stood | (Q(made_by__message=None) & pair.carried()))
    made: Any = theirs.exclude(pair.wanted_none("outcome")).annotate(is_kept_for=pair.heard())
    return cast("PromiseQuerySet", made)


def for_customer(rows: PromiseQuerySet, customer: Customer, now: datetime) -> PromiseQuerySet:
    """As `made_to`, of those that are past: `is_kept_for` is final."""
    return made_to(decided(rows, now), customer)


def kept_for(rows: PromiseQuerySet, customer: Customer, now: datetime) -> Kept:
    """How many promises of `rows` were made to this customer, and how many were kept to it."""
    mine: Any = for_customer(rows, customer, now)
    return Kept(**mine.aggregate(kept=Count("pk", filter=Q(is_kept_for=True)), total=Count("pk")))


def kept_of(made: Iterable[Promise], period: Period, now: datetime) -> Kept:
    """As `kept_for`, of promises that `made_to` has read: those due in the period and past. No read."""
    past = [
        promise
        for promise in made
        if promise.due_at <= now - HAND_OVER
        and (period.since is None or promise.due_at >= period.since)
        and (period.until is None or promise.due_at < period.until)
    ]
    return Kept(sum(promise.is_kept_for for promise in past), len(past))  # type: ignore[attr-defined]


def per_customer(rows: PromiseQuerySet, now: datetime) -> list[Owed]:
    """As `kept_for`, for every customer that was promised something, most broken first; three queries.

    Reads the deliveries of every message that made one of the promises: meant for a period, not for each page view.
    """
    pks = decided(rows, now).order_by().values("pk")
    kept: Counter[int] = Counter()
    total: Counter[int] = Counter()
    for counted in (_by_message(pks), _by_joining(pks), _by_repeat(pks)):
        for customer, promised, heard in counted.values_list("reader", "promised", "kept_to_them"):
            total[customer] += promised
            kept[customer] += heard
    found = [Owed(customer, Kept(kept[customer], promised)) for customer, promised in total.items()]
    return sorted(found, key=lambda row: (row.kept.kept - row.kept.total, -row.kept.total, row.customer))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A promise and a customer of the query around: where that query has what is needed of them.

    `number` is that of the update that told the time; `made` and `closing` are the messages that made the promise and
    fulfilled it; `ended` is when the incident ended, of a merged one the moment of the merge. Deliveries are looked
    for by contact and message both: either alone may have a hundred thousand.
    """

    customer: Customer | OuterRef
    made: OuterRef
    closing: OuterRef
    incident: OuterRef
    continues: OuterRef
    ended: OuterRef
    due_at: OuterRef
    number: OuterRef

    def told(self) -> Q:
        """They got what made the promise, and have not gone over with it."""
        made = Delivery.objects.filter(contact__customer=self.customer, message=self.made, state__in=ACCEPTED_STATES)
        return Q(Exists(made.exclude(_gone(OuterRef(self.incident), OuterRef(self.due_at)))))

    def repeats(self) -> QuerySet[Update]:
        """What they got that told the same time later; whether the promise still stood is for the caller to see."""
        again = Update.objects.filter(
            kind__in=REPEATING, incident=self.incident, next_update_at=self.due_at, number__gt=self.number
        )
        return self._of_which(again, Q(state__in=ACCEPTED_STATES))

    def carried(self) -> Q:
        """Of a promise that no message made: they came with it and stayed, and had been told that time."""
        came = CarriedOver.objects.filter(
            contact__customer=self.customer, incident=self.incident, at__lte=OuterRef("made_at")
        )
        told = Delivery.objects.filter(
            contact=OuterRef("contact"),
            state__in=ACCEPTED_STATES,
            message__update__next_update_at=OuterRef(self.due_at),
            message__update__sent_at__lte=OuterRef("at"),
        )
        stayed = came.exclude(_gone(OuterRef(self.incident), OuterRef(self.due_at)))
        return Q(Exists(stayed.annotate(told=Subquery(told.values("pk")[:1])).filter(told__isnull=False)))

    def heard(self) -> Q:
        """They got the next update in time: the one that closed the promise, or a later one."""
        here = Q(incident=self.incident, number__gt=self.number, kind__in=CLOSING)
        updates = Update.objects.filter(here | self._there(), sent_at__lte=_latest(self.due_at))
        in_time = Q(state__in=ACCEPTED_STATES, sent_at__lte=_latest(OuterRef(self.due_at)))
        # The usual case first: it needs no look at other updates.
        closing = Delivery.objects.filter(
            contact__customer=self.customer,
            message=self.closing,
            state__in=ACCEPTED_STATES,
            sent_at__lte=_latest(self.due_at),
        )
        return Q(Exists(closing)) | Q(Exists(self._of_which(updates, in_time)))

    def wanted_none(self, outcome: str) -> Q:
        """All who were to get the update in time had chosen start and end only: they were promised no more."""
        sent = Delivery.objects.filter(contact__customer=self.customer, message=self.closing)
        kept = Q(Exists(sent.filter(CHOSEN))) & ~Q(Exists(sent.exclude(CHOSEN)))
        there = Update.objects.filter(self._there(), sent_at__lte=self.due_at)
        chosen, others = self._of_which(there, CHOSEN), self._of_which(there, ~CHOSEN)
        released = Q(Exists(chosen)) & ~Q(Exists(others))
        return Q(kept, **{outcome: Outcome.KEPT}) | Q(released, **{outcome: Outcome.RELEASED})

    def _there(self) -> Q:
        """An update of the incident that continues."""
        return Q(incident=self.continues, sent_at__gte=self.ended, kind__in=CLOSING_THERE)

    def _of_which(self, updates: QuerySet[Update], got: Q) -> QuerySet[Update]:
        """Those of which the customer has such a delivery."""
        customer = OuterRef(self.customer) if isinstance(self.customer, OuterRef) else self.customer
        theirs = Delivery.objects.filter(got, contact__customer=customer, message=OuterRef("message"))
        return updates.annotate(theirs=Subquery(theirs.values("pk")[:1])).filter(theirs__isnull=False)


def _pair_of_promise(customer: Customer | OuterRef) -> _Pair:
    """In a query of promises."""
    return _Pair(
        customer=customer,
        made=OuterRef("made_by__message"),
        closing=OuterRef("closed_by__message"),
        incident=OuterRef("incident"),
        continues=OuterRef("incident__merged_into"),
        ended=OuterRef("incident__resolved_at"),
        due_at=OuterRef("due_at"),
        number=OuterRef("made_by__number"),
    )


def _pair_of_delivery(made: str, closing: str) -> _Pair:
    """In a query of deliveries that told somebody of a promise: `made` and `closing` are where these stand."""
    update = "message__update"
    return _Pair(
        customer=OuterRef("contact__customer"),
        made=OuterRef(made),
        closing=OuterRef(closing),
        incident=OuterRef(f"{update}__incident"),
        continues=OuterRef(f"{update}__incident__merged_into"),
        ended=OuterRef(f"{update}__incident__resolved_at"),
        due_at=OuterRef(f"{update}__next_update_at"),
        number=OuterRef(f"{update}__number"),
    )


def _by_message(pks: QuerySet[Promise, Any]) -> QuerySet[Any, Any]:
    made = "message__update__promise"
    pair = _pair_of_delivery("message", f"{made}__closed_by__message")
    told = Delivery.objects.filter(**{f"{made}__in": pks}, state__in=ACCEPTED_STATES)
    told = told.exclude(_gone(OuterRef("message__update__incident"), OuterRef("message__update__next_update_at")))
    return _counted(told.annotate(reader=F("contact__customer")), made, pair, f"{made}__outcome")


def _by_repeat(pks: QuerySet[Promise, Any]) -> QuerySet[Any, Any]:
    """By a catch-up or a correction alone: neither by the message that made the promise, nor by joining."""
    standing = Promise.objects.filter(
        Q(closed_at=None) | Q(closed_at__gt=OuterRef("message__update__sent_at")),
        incident=OuterRef("message__update__incident"),
        due_at=OuterRef("message__update__next_update_at"),
        made_at__lte=OuterRef("message__update__sent_at"),
    )
    pair = _pair_of_delivery("made", "closing")
    taken = Delivery.objects.filter(message__update__kind__in=REPEATING, state__in=ACCEPTED_STATES).annotate(
        reader=F("contact__customer"),
        of=Subquery(standing.values("pk")[:1]),
        made_at=Subquery(standing.values("made_at")[:1]),
        made=Subquery(standing.values("made_by__message")[:1]),
        closing=Subquery(standing.values("closed_by__message")[:1]),
        outcome=Subquery(standing.values("outcome")[:1]),
    )
    only = taken.filter(of__in=pks).exclude(pair.told()).exclude(pair.carried())
    return _counted(only, "of", pair, "outcome")


def _by_joining(pks: QuerySet[Promise, Any]) -> QuerySet[Any, Any]:
    pair = _pair_of_promise(OuterRef("reader"))
    came: Any = Promise.objects.filter(
        pk__in=pks, made_by__message=None, incident__carried_in__at__lte=F("made_at")
    ).annotate(reader=F("incident__carried_in__contact__customer"))
    return _counted(came.filter(pair.carried()), "pk", pair, "outcome")


def _counted(rows: Any, promise: str, pair: _Pair, outcome: str) -> QuerySet[Any, Any]:
    """Per `reader`: how many promises, and how many of them were kept to it."""
    kept = rows.exclude(pair.wanted_none(outcome)).annotate(heard=pair.heard()).order_by().values("reader")
    found = kept.annotate(
        promised=Count(promise, distinct=True), kept_to_them=Count(promise, distinct=True, filter=Q(heard=True))
    )
    return cast("QuerySet[Any, Any]", found)


def _gone(incident: OuterRef, due_at: OuterRef) -> Exists:
    """Of rows with a contact: they went over from this incident to one that made the same promise anew."""
    return Exists(
        CarriedOver.objects.filter(
            contact=OuterRef("contact"),
            came_from=incident,
            is_gone=True,
            incident__promises__made_by__message=None,
            incident__promises__made_at=F("at"),
            incident__promises__due_at=due_at,
        )
    )


def _latest(due: OuterRef) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(due + HAND_OVER, output_field=Moment())
