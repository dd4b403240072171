"""Targeting both ways, on generated vendors: in the audience if and only if affected, with a true reason.

The oracle is deliberately naive: it knows sets and loops, no SQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.affected import Audience, Scope, audience
from customers.delivery.freeze import Frozen
from customers.models import Contact, Customer, Instance, Region, Service, ServiceDependency, Subscription

SERVICES, REGIONS, INSTANCES, CUSTOMERS = 5, 2, 4, 5


@dataclass(frozen=True)
class Vendor:
    """A generated vendor; numbers are positions in the lists of rows."""

    dependencies: set[tuple[int, int]]  # (service, the one it depends on)
    instances: list[tuple[int, int | None]]  # (service, region)
    subscriptions: set[tuple[int, int, int | None, int | None]]  # (customer, service, region, instance)
    contacts: list[tuple[int, bool]]  # (customer, active)
    inactive: set[int]
    scopes: list[tuple[int, int | None, int | None]]
    included: set[int]
    excluded: set[int]


@st.composite
def vendors(draw: st.DrawFn) -> Vendor:
    """Small vendors, so that every corner is visited: circles, nulls, instances without region, departed people."""
    service, region = st.integers(0, SERVICES - 1), st.none() | st.integers(0, REGIONS - 1)
    pairs = st.tuples(service, service).filter(lambda pair: pair[0] != pair[1])
    instances = draw(st.lists(st.tuples(service, region), min_size=INSTANCES, max_size=INSTANCES))

    def place(number: int, where: int | None, on: int | None) -> tuple[int, int | None, int | None]:
        return (number, where, None) if on is None else (instances[on][0], instances[on][1], on)

    places = st.builds(place, service, region, st.none() | st.integers(0, INSTANCES - 1))
    used = draw(st.sets(st.tuples(st.integers(0, CUSTOMERS - 1), places), max_size=10))
    contacts = draw(st.lists(st.tuples(st.integers(0, CUSTOMERS - 1), st.booleans()), min_size=1, max_size=10))
    some_contacts = st.sets(st.integers(0, len(contacts) - 1), max_size=3)
    return Vendor(
        dependencies=draw(st.sets(pairs, max_size=8)),
        instances=instances,
        subscriptions={(customer, *where) for customer, where in used},
        contacts=contacts,
        inactive=draw(st.sets(st.integers(0, CUSTOMERS - 1), max_size=1)),
        scopes=draw(st.lists(places, max_size=3)),
        included=draw(some_contacts),
        excluded=draw(some_contacts),
    )


def failing(vendor: Vendor) -> dict[tuple[int, int | None, int | None], int]:
    """Every (service, region, instance) that fails -> the fewest dependencies in between."""
    found = dict.fromkeys(vendor.scopes, 0)
    changed = True
    while changed:
        changed = False
        for (service, region, _), depth in list(found.items()):
            for above, below in vendor.dependencies:
                place = (above, region, None)
                if below == service and found.get(place, depth + 2) > depth + 1:
                    found[place] = depth + 1
                    changed = True
    return found


def depths(vendor: Vendor) -> dict[int, int]:
    """Customer -> how directly it is affected; who is not affected is missing."""
    answer: dict[int, int] = {}
    for customer, service, region, instance in vendor.subscriptions:
        for (bad, where, which), depth in failing(vendor).items():
            same_region = region is None or where is None or region == where
            same_instance = instance is None or which is None or instance == which
            if service == bad and same_region and same_instance:
                answer[customer] = min(depth, answer.get(customer, depth))
    return answer


CALM = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.django_db
@settings(CALM, max_examples=60)
@given(vendor=vendors())
def test_it_tells_the_affected_and_only_them(vendor: Vendor) -> None:
    with transaction.atomic():
        check(vendor)
        transaction.set_rollback(True)


@pytest.mark.full
@pytest.mark.django_db
@settings(CALM, max_examples=600)
@given(vendor=vendors())
def test_it_tells_the_affected_and_only_them_whatever_the_vendor(vendor: Vendor) -> None:
    with transaction.atomic():
        check(vendor)
        transaction.set_rollback(True)


def check(vendor: Vendor) -> None:
    """Build the vendor, and compare."""
    services = Service.objects.bulk_create(Service(slug=f"s{n}", name=f"S{n}") for n in range(SERVICES))
    regions = Region.objects.bulk_create(Region(slug=f"r{n}", name=f"R{n}") for n in range(REGIONS))
    instances = Instance.objects.bulk_create(
        Instance(service=services[s], region=None if r is None else regions[r], name=f"i{n}")
        for n, (s, r) in enumerate(vendor.instances)
    )
    ServiceDependency.objects.bulk_create(
        ServiceDependency(service=services[above], depends_on=services[below]) for above, below in vendor.dependencies
    )
    customers = Customer.objects.bulk_create(
        Customer(name=f"C{n}", reference=f"C{n}", is_active=n not in vendor.inactive) for n in range(CUSTOMERS)
    )
    Subscription.objects.bulk_create(
        Subscription(
            customer=customers[customer],
            service=services[s],
            region=None if r is None else regions[r],
            instance=None if i is None else instances[i],
        )
        for customer, s, r, i in vendor.subscriptions
    )
    contacts = Contact.objects.bulk_create(
        Contact(customer=customers[c], name=f"P{n}", email=f"p{n}@c.example", is_active=active)
        for n, (c, active) in enumerate(vendor.contacts)
    )
    found = audience(
        [
            Scope(services[s].pk, None if r is None else regions[r].pk, None if i is None else instances[i].pk)
            for s, r, i in vendor.scopes
        ],
        include={contacts[n].pk: "by hand" for n in vendor.included},
        exclude=[contacts[n].pk for n in vendor.excluded],
    )

    directness = depths(vendor)
    expected = {
        n
        for n, (c, active) in enumerate(vendor.contacts)
        if active
        and c not in vendor.inactive
        and n not in vendor.excluded
        and (c in directness or n in vendor.included)
    }
    rows = list(found.contacts())
    assert sorted(row.name for row in rows) == sorted(f"P{n}" for n in expected)
    for row in rows:
        assert_reason_is_true(vendor, row.reason, int(row.customer.name[1:]), directness)
    assert frozen(found) == {row.pk: row.reason for row in rows}

    told = sorted({vendor.contacts[n][0] for n in expected})
    counts = found.counts()
    assert (counts.contacts, counts.customers) == (len(expected), len(told))
    assert [row.name for row in found.customers()] == [f"C{n}" for n in told]
    assert sorted(row.name for row in found.sample(99)) == sorted(f"P{n}" for n in expected)
    reachable = {c for c, active in vendor.contacts if active}
    silent = [f"C{n}" for n in sorted(directness) if n not in vendor.inactive and n not in reachable]
    assert [row.name for row in found.unreachable()] == silent


def frozen(found: Audience) -> dict[int, str]:
    """Contact id -> reason as a message keeps it, where each customer is asked once."""
    with Frozen([found.contacts()]), connection.cursor() as cursor:
        cursor.execute("SELECT contact_id, reason FROM queue_recipients")
        return dict(cursor.fetchall())


def assert_reason_is_true(vendor: Vendor, reason: str, customer: int, directness: dict[int, int]) -> None:
    """The reason names something the customer uses, only real dependencies, and is as short as can be."""
    if customer not in directness:
        assert reason == "by hand"
        return
    pattern = (
        r"uses S(\d)(?: in r(\d))?(?:, instance i(\d))?((?:, which depends on S\d)*)(?: through (\d) other services)?"
    )
    match = re.fullmatch(pattern, reason)
    assert match, reason
    used, region, instance, chain, through = match.groups()
    numbers = (None if text is None else int(text) for text in (used, region, instance))
    assert (customer, *numbers) in vendor.subscriptions
    hops = [int(used), *(int(n) for n in re.findall(r"S(\d)", chain))]
    if through:
        assert directness[customer] == int(through) + 1
    else:
        assert all(hop in vendor.dependencies for hop in pairwise(hops))
        assert directness[customer] == len(hops) - 1
    assert hops[-1] in {service for service, _, _ in vendor.scopes}
