"""Who is affected by what fails, and why: services, regions and instances -> contacts, each with its reason.

One `Audience` is a handful of small reads and then plain SQL that the database can count, page through, or copy into
deliveries (`INSERT … SELECT`). Preferences and suppression are looked at later, when a delivery is claimed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    Expression,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Concat, Left, RowNumber

from crisisdesk.core.refusals import InvalidInput
from customers.choosing import choose
from customers.dependencies import Failure, Scope, failures
from customers.models import ByCustomer, Contact, ContactQuerySet, Customer, Instance, Service, Subscription

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

__all__ = ["Audience", "AudienceCounts", "Scope", "audience"]

# As long as a delivery has room for.
REASON_LENGTH = 300
# Longer chains name their end only.
CHAIN_LENGTH = 3
EVERYWHERE: frozenset[tuple[int | None, int | None]] = frozenset({(None, None)})


class Reasoned(TypedDict):
    """The annotation on rows: why they are told, in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class AudienceCounts:
    """How many contacts would hear of it, and at how many customers."""

    customers: int
    contacts: int


def audience(
    scopes: Iterable[Scope], *, include: Mapping[int, str] | None = None, exclude: Collection[int] = ()
) -> Audience:
    """Those affected by `scopes`, plus `include` (contact id -> reason), less `exclude` (contact ids; it wins).

    Only active contacts of active customers, also among those included. Two queries at most.
    Raises InvalidInput when a scope names an instance that is not one of its service.
    """
    placed = _placed(list(scopes))
    dependents: dict[int, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    if placed:
        # The graph and its names in one read: a service without anything below it comes once, with none.
        graph = Service.objects.order_by().values_list("pk", "name", "dependencies__depends_on")
        for service_id, name, below_id in graph:
            names[service_id] = name
            if below_id is not None:
                dependents[below_id].append(service_id)
    found = failures(placed, dependents)
    return Audience(tuple(found), names, dict(include or {}), frozenset(exclude))


def _placed(scopes: list[Scope]) -> list[Scope]:
    """The scopes, each instance with the region it is in."""
    wanted = {scope.instance_id for scope in scopes if scope.instance_id is not None}
    known = Instance.objects.in_bulk(wanted) if wanted else {}
    placed = []
    for scope in scopes:
        if scope.instance_id is None:
            placed.append(scope)
            continue
        instance = known.get(scope.instance_id)
        if instance is None or instance.service_id != scope.service_id:
            raise InvalidInput({"instance": "This instance does not belong to the service. Choose one that does."})
        placed.append(Scope(scope.service_id, instance.region_id, scope.instance_id))
    return placed


@dataclass(frozen=True)
class Audience:
    """The contacts to tell. `failures` are the services that fail, the most direct first."""

    failures: tuple[Failure, ...]
    service_names: Mapping[int, str]
    include: Mapping[int, str]
    exclude: frozenset[int]

    def contacts(self) -> QuerySet[WithAnnotations[Contact, Reasoned]]:
        """One row per contact, annotated with the text `reason`, by id: fit to be counted, paged and copied.

        Of several subscriptions the most direct speaks; who is included by hand and affected anyway has the latter.
        """
        members = self._members()
        if self.failures:
            members = members.reasoned(ByCustomer(self._of_customers(), self.include))
        return self._with_reasons(members).order_by("pk")

    def members(self) -> QuerySet[Contact]:
        """The same contacts without their reasons: what a long list is paged through."""
        return self._members().order_by("pk")

    def reasons(self, members: Collection[int]) -> dict[int, str]:
        """The reasons of some members, by id: for the page that is shown, not for those that are skipped."""
        rows = self._with_reasons(Contact.objects.filter(pk__in=members))
        return dict(rows.values_list("pk", "reason"))

    def counts(self) -> AudienceCounts:
        """How many contacts at how many customers: one query."""
        found = (
            self._members().order_by().aggregate(customers=Count("customer_id", distinct=True), contacts=Count("pk"))
        )
        return AudienceCounts(**found)

    def customers(self) -> QuerySet[WithAnnotations[Customer, Any]]:
        """The customers of those contacts, by name, annotated with the text `reason` ("" when only included)."""
        members = Contact.objects.filter(customer=OuterRef("pk"), is_active=True).exclude(pk__in=self.exclude)
        included = Contact.objects.filter(pk__in=self.include).values("customer")
        by_hand = Exists(members.filter(pk__in=self.include))
        told = Q(Q(pk__in=self._affected_customers()), Exists(members)) | Q(Q(pk__in=included), by_hand)
        rows = Customer.objects.active().filter(told).order_by("name", "pk")
        if not self.failures:
            return rows.annotate(reason=Value(""))
        return rows.annotate(reason=Coalesce(self._reason_for("pk"), Value("")))

    def unreachable(self, also: Collection[int] = ()) -> QuerySet[Customer]:
        """Affected customers without a single active contact, by name: nobody there will hear of it.

        `also` are ids of customers who count as affected whatever the scope is now.
        """
        anybody = Contact.objects.filter(customer=OuterRef("pk"), is_active=True)
        affected = Customer.objects.active().filter(Q(pk__in=self._affected_customers()) | Q(pk__in=also))
        return affected.filter(~Exists(anybody)).order_by("name", "pk")

    def sample(self, n: int) -> list[WithAnnotations[Contact, Reasoned]]:
        """The first `n` contacts by the customer's name, with customer and `reason`; two quick queries."""
        first = list(self.customers().values_list("pk", flat=True)[:n])
        rows = self._with_reasons(self._members(within=first)).select_related("customer")
        return list(rows.order_by("customer__name", "customer_id", "name", "pk")[:n])

    def subscriptions(self) -> QuerySet[WithAnnotations[Subscription, Reasoned]]:
        """What fails of what customers use, annotated with the text `reason`, the most direct and specific first."""
        return self._in_words(self._ranked())

    def _ranked(self) -> QuerySet[Subscription]:
        """The affected subscriptions, the one that speaks for its customer first."""
        return Subscription.objects.filter(self._match).order_by(*self._rank())

    def _rank(self) -> list[Expression | Case | str]:
        vagueness = Case(When(instance__isnull=False, then=0), When(region__isnull=False, then=1), default=2)
        return [self._by_failure(lambda failure: failure.depth), vagueness, "service_id", "pk"]

    def _in_words(self, rows: QuerySet[Subscription]) -> QuerySet[WithAnnotations[Subscription, Reasoned]]:
        """The rows, affected ones all, annotated with the text `reason`."""
        text = CharField()
        region = Concat(Value(" in "), F("region__slug"), output_field=text)
        instance = Concat(Value(", instance "), F("instance__name"), output_field=text)
        reason = Concat(
            # Known here: a join to the services would be looked up for each reader.
            self._by_failure(lambda failure: f"uses {self.service_names[failure.service_id]}"),
            Case(When(region__isnull=False, then=region), default=Value("")),
            Case(When(instance__isnull=False, then=instance), default=Value("")),
            self._by_failure(lambda failure: self._chain(failure.path)),
            output_field=text,
        )
        return rows.annotate(reason=Left(reason, REASON_LENGTH))

    def _of_customers(self) -> QuerySet[WithAnnotations[Subscription, Reasoned]]:
        """For each affected customer the subscription that speaks, with its `reason`: all in one pass."""
        place = Window(RowNumber(), partition_by="customer", order_by=self._rank())
        first = Subscription.objects.filter(self._match).annotate(place=place).filter(place=1)
        return self._in_words(Subscription.objects.filter(pk__in=first.values("pk")))

    def _reason_for(self, customer: str) -> Subquery:
        """The reason of the customer in the outer query's field.

        The row is found first and then put into words, so that one row is joined to its names and not each candidate.
        """
        best = self._ranked().filter(customer=OuterRef(OuterRef(customer))).values("pk")[:1]
        return Subquery(self._in_words(Subscription.objects.filter(pk=Subquery(best))).values("reason"))

    def _with_reasons(self, rows: QuerySet[Contact]) -> QuerySet[WithAnnotations[Contact, Reasoned]]:
        """The contacts, members all, annotated with the text `reason`."""
        if not self.include and not self.failures:
            return rows.annotate(reason=Value(""))  # there are none
        added = choose("pk", {pk: Value(text[:REASON_LENGTH]) for pk, text in self.include.items()})
        if not self.failures:
            return rows.annotate(reason=added)
        return rows.annotate(reason=Coalesce(self._reason_for("customer_id"), added, output_field=CharField()))

    def _members(self, within: Collection[int] | None = None) -> ContactQuerySet:
        """The contacts without their reasons; `within` narrows them to some customers."""
        affected = self._affected_customers()
        rows = Contact.objects.filter(is_active=True)
        if within is not None:
            affected, rows = affected.filter(customer__in=within), rows.filter(customer__in=within)
        rows = rows.filter(Q(customer__in=affected) | Q(pk__in=self.include))
        # The few inactive customers are left out, rather than the many active ones looked up one by one.
        inactive = Customer.objects.filter(is_active=False).order_by().values("pk")
        return rows.exclude(customer__in=inactive).exclude(pk__in=self.exclude)

    def _affected_customers(self) -> QuerySet[Subscription, Any]:
        """Ids of the customers who use something that fails, active or not."""
        rows = Subscription.objects.filter(self._match) if self.failures else Subscription.objects.none()
        return rows.values("customer_id")

    @cached_property
    def _of_service(self) -> dict[int, list[Failure]]:
        """The failures of each service, the most direct first."""
        grouped = defaultdict(list)
        for failure in self.failures:
            grouped[failure.service_id].append(failure)
        return grouped

    @cached_property
    def _match(self) -> Q:
        """Which subscriptions are affected; services that fail in the same places share one condition."""
        alike: dict[frozenset[tuple[int | None, int | None]], list[int]] = defaultdict(list)
        for service_id, found in self._of_service.items():
            places = frozenset((failure.region_id, failure.instance_id) for failure in found)
            alike[EVERYWHERE if places >= EVERYWHERE else places].append(service_id)
        condition = Q()
        for shared, service_ids in alike.items():
            somewhere = Q()
            if shared != EVERYWHERE and (regions := {region for region, instance in shared if instance is None}):
                somewhere = Q(region=None) | Q(region__in=regions)
            for region_id, instance_id in shared:
                if instance_id is not None:
                    somewhere |= _where(region_id, instance_id)
            condition |= Q(service__in=service_ids) & somewhere
        return condition

    def _by_failure(self, value: Callable[[Failure], int | str]) -> Expression | Case:
        """`value` of the most direct failure by which a subscription is affected."""
        if len({value(failure) for failure in self.failures}) == 1:
            return Value(value(self.failures[0]))
        outcomes: dict[int, Expression | Case] = {}
        for service_id, found in self._of_service.items():
            # Nothing after a failure everywhere is looked at: that one matches whatever the others would.
            everywhere = (n for n, f in enumerate(found) if (f.region_id, f.instance_id) == (None, None))
            *specific, last = found[: next(everywhere, len(found)) + 1]
            whens = [When(_where(f.region_id, f.instance_id), then=Value(value(f))) for f in specific]
            outcomes[service_id] = Case(*whens, default=Value(value(last)))
        return choose("service_id", outcomes)

    def _chain(self, path: tuple[int, ...]) -> str:
        """The dependency in words: "", or ", which depends on Payments API"."""
        if len(path) > CHAIN_LENGTH:
            return f", which depends on {self.service_names[path[-1]]} through {len(path) - 1} other services"
        return "".join(f", which depends on {self.service_names[service_id]}" for service_id in path)


def _where(region_id: int | None, instance_id: int | None) -> Q:
    """Subscriptions (of the service) that a failure there affects: an empty region or instance means everywhere."""
    place = Q() if region_id is None else Q(region=None) | Q(region=region_id)
    return place if instance_id is None else Q(instance=instance_id) | (Q(instance=None) & place)
