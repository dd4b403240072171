"""Writes the invented vendor: same size and seed, same vendor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random

from django.db import models, transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.company import catalogue, people
from customers.models import (
    Contact,
    Customer,
    Instance,
    Preference,
    Region,
    Service,
    ServiceDependency,
    Subscription,
    Tier,
)

SIZES = {"small": 24, "demo": 300}
LARGEST = 1_000_000
BATCH = 2_000
REASON = "Invented by load_company"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows were added."""

    services: int
    instances: int
    customers: int
    contacts: int
    subscriptions: int


@dataclass(frozen=True, slots=True)
class _Landscape:
    """The services and where they run, ready to be subscribed to."""

    services: list[Service]
    weights: list[int]
    regions: dict[str, Region]
    instances: dict[tuple[int, int], list[Instance]]  # (service, region)


def load_company(
    *, size: str | int, seed: int = 1, by: Actor, now: datetime, add: bool = False, history: bool = False
) -> Loaded:
    """Invent a vendor of `size` customers ("small", "demo" or a number) and about three times as many contacts.

    Deterministic for a seed and the people present (account owners come from Customer success). `history` also
    writes the history rows that ordinary saving would. One transaction: all or nothing.

    Raises InvalidInput for an unusable size, WrongState when customers exist and `add` is false, NotAllowed.
    """
    require(by, Act.EDIT_CUSTOMERS)
    count = customer_count(size)
    existing = Customer.objects.count()
    if existing and not add:
        raise WrongState(f"There are already {existing} customers. Choose to add to them, or use an empty database.")
    random = Random(f"{seed}:{existing}")  # noqa: S311 - invented data, no secret
    with transaction.atomic():
        landscape = _load_landscape(count, random)
        known = Contact.objects.exclude(phone="").values_list("phone", flat=True) if existing else ()
        phones = people.Telephones(random, known)
        contacts = subscriptions = 0
        for rows in _batches(_customers(count, existing, random), BATCH):
            written = _write(rows, landscape, random, phones, by=by, now=now, history=history)
            contacts, subscriptions = contacts + written[0], subscriptions + written[1]
        loaded = Loaded(
            services=len(landscape.services),
            instances=sum(map(len, landscape.instances.values())),
            customers=count,
            contacts=contacts,
            subscriptions=subscriptions,
        )
        data = {"customers": loaded.customers, "contacts": loaded.contacts, "seed": seed}
        audit.record("invented company loaded", by=by, now=now, data=data)
    return loaded


def customer_count(size: str | int) -> int:
    """How many customers a size means; raises InvalidInput for anything but a name of SIZES or 1 to a million."""
    if size in SIZES:
        return SIZES[str(size)]
    text = str(size).strip()
    if text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST:
        return int(text)
    raise InvalidInput({"size": f"Size is {', '.join(SIZES)} or a number of customers from 1 to {LARGEST:,}."})


def _load_landscape(count: int, random: Random) -> _Landscape:
    """The services of a vendor of this size; those that exist already are used as they are."""
    regions = {}
    for slug, name in catalogue.REGIONS[: 3 if count < 100 else None]:
        regions[slug], _ = Region.objects.get_or_create(slug=slug, defaults={"name": name})
    owners = list(User.objects.filter(groups__name=Group.OPERATIONS, is_active=True).order_by("pk"))
    plans = catalogue.services(6 if count < 100 else min(200, 12 + count // 500), random)
    services: dict[str, Service] = {}
    for number, plan in enumerate(plans):
        owner = owners[number % len(owners)] if owners else None
        services[plan.slug], created = Service.objects.get_or_create(
            slug=plan.slug, defaults={"name": plan.name, "description": plan.description, "owner": owner}
        )
        if created:
            for below in plan.depends_on:
                ServiceDependency.objects.create(service=services[plan.slug], depends_on=services[below])
    per_region = 2 if count < 10_000 else 4
    instances = {}
    for service in services.values():
        for place, region in enumerate(regions.values()):
            numbers = range(1 + place * per_region, 1 + (place + 1) * per_region)
            instances[service.pk, region.pk] = [_instance(service, region, str(number)) for number in numbers]
    return _Landscape(list(services.values()), [plan.weight for plan in plans], regions, instances)


def _instance(service: Service, region: Region, name: str) -> Instance:
    """The instance of this name, made when it does not exist."""
    return Instance.objects.get_or_create(service=service, name=name, defaults={"region": region})[0]


@dataclass(slots=True)
class _Draft:
    """A customer not yet written, with where it is at home and how many contacts it gets."""

    row: Customer
    country: people.Country
    number: int
    contacts: int


def _customers(count: int, existing: int, random: Random) -> Iterator[_Draft]:
    """Customers, one after another, with names that nobody has yet."""
    names = {name.lower() for name in Customer.objects.values_list("name", flat=True)} if existing else set()
    owners = list(User.objects.filter(groups__name=Group.SUCCESS, is_active=True).order_by("pk"))
    weights = [country.weight for country in people.COUNTRIES]
    # Together three each, whatever the order.
    portions = [1, 2, 3, 4, 5] * (count // 5) + [3] * (count % 5)
    random.shuffle(portions)
    for number, portion in enumerate(portions, start=existing + 1):
        country = random.choices(people.COUNTRIES, weights)[0]
        name = people.organisation_name(country, random)
        if name.lower() in names:
            name = f"{name} {number}"
        names.add(name.lower())
        row = Customer(
            name=name,
            reference=f"C-{number:06d}",
            tier=random.choices(list(Tier), (70, 22, 8))[0],
            account_owner=owners[number % len(owners)] if owners else None,
            time_zone=random.choice(country.zones),
            language=country.language,
        )
        yield _Draft(row, country, number, portion)


def _write(
    drafts: Sequence[_Draft],
    landscape: _Landscape,
    random: Random,
    phones: people.Telephones,
    *,
    by: Actor,
    now: datetime,
    history: bool,
) -> tuple[int, int]:
    """Write customers with their contacts and subscriptions; returns how many of the latter two."""
    customers = Customer.objects.bulk_create([draft.row for draft in drafts])
    contacts = [contact for draft in drafts for contact in _contacts(draft, random, phones)]
    subscriptions = [row for draft in drafts for row in _subscriptions(draft, landscape, random)]
    Contact.objects.bulk_create(contacts)
    Subscription.objects.bulk_create(subscriptions)
    if history:
        for rows in (customers, contacts, subscriptions):
            _write_history(rows, by=by, now=now)
    return len(contacts), len(subscriptions)


def _write_history(rows: Sequence[Customer | Contact | Subscription], *, by: Actor, now: datetime) -> None:
    """The rows "created" that saving one by one would have left."""
    user = User.objects.get(pk=by.person_id) if by.person_id else None
    manager: models.Manager[models.Model] = type(rows[0]).history
    manager.bulk_history_create(  # type: ignore[attr-defined]
        rows,
        batch_size=BATCH,
        default_user=user,
        default_change_reason=REASON,
        default_date=now,
        custom_historical_attrs={"history_actor": by.name},
    )


def _contacts(draft: _Draft, random: Random, phones: people.Telephones) -> Iterator[Contact]:
    """The people of one customer."""
    country, taken = draft.country, set[str]()
    domain = f"{people.mailbox(draft.row.name.split()[0], ())}-{draft.number:04d}.example"
    for _ in range(draft.contacts):
        given = random.choice(people.given_names(country.locale))
        name = f"{given} {random.choice(people.family_names(country.locale))}"
        local = people.mailbox(name, taken)
        taken.add(local)
        phone = phones.draw(country) if random.random() < 0.6 else ""
        yield Contact(
            customer=draft.row,
            name=name,
            email=f"{local}@{domain}",
            phone=phone,
            language=country.language if random.random() < 0.9 else "en",
            time_zone=draft.row.time_zone if random.random() < 0.9 else random.choice(country.zones),
            wants_sms=bool(phone) and random.random() < 0.3,
            preference=random.choices(list(Preference), (90, 8, 2))[0],
        )


def _subscriptions(draft: _Draft, landscape: _Landscape, random: Random) -> Iterator[Subscription]:
    """What one customer uses: mostly in its home region, sometimes on one instance, sometimes everywhere."""
    homes = [landscape.regions[slug] for slug in draft.country.regions if slug in landscape.regions]
    region = random.choice(homes or list(landscape.regions.values()))
    chosen = dict.fromkeys(random.choices(landscape.services, landscape.weights, k=random.randint(2, 7)))
    for service in chosen:
        how = random.choices(("region", "instance", "everywhere"), (6, 3, 1))[0]
        yield Subscription(
            customer=draft.row,
            service=service,
            region=None if how == "everywhere" else region,
            instance=random.choice(landscape.instances[service.pk, region.pk]) if how == "instance" else None,
        )


def _batches(drafts: Iterator[_Draft], size: int) -> Iterator[list[_Draft]]:
    """Lists of `size`; the last may be shorter."""
    while batch := list(islice(drafts, size)):
        yield batch
