"""An invented vendor: believable, the same for the same seed, and reaching nobody."""

from __future__ import annotations

from datetime import datetime
from random import Random

import phonenumbers
import pytest
from django.core.management import CommandError, call_command

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import Scope, audience
from customers.company import load_company
from customers.company.catalogue import services
from customers.duplicates import proposals
from customers.models import Contact, Customer, Service, Subscription

pytestmark = pytest.mark.django_db
JOB = Actor.job("demonstration")


def snapshot() -> list[tuple[object, ...]]:
    """Everything that was invented, without primary keys."""
    people = Contact.objects.order_by("pk").values_list("customer__name", "name", "email", "phone", "time_zone")
    uses = Subscription.objects.order_by("pk").values_list("customer__name", "service__slug", "instance__name")
    return [*people, *uses]


def test_it_invents_customers_with_three_contacts_each(now: datetime, cleo: User) -> None:
    loaded = load_company(size="small", by=JOB, now=now)

    assert (loaded.customers, loaded.contacts, loaded.services) == (24, 72, 6)
    assert Customer.objects.filter(account_owner=cleo).count() == 24
    assert AuditEntry.objects.get(action="invented company loaded").data["contacts"] == 72


def test_it_gives_the_demonstration_300_customers_and_900_contacts(now: datetime) -> None:
    loaded = load_company(size="demo", by=JOB, now=now)

    assert (loaded.customers, loaded.contacts, loaded.services) == (300, 900, 12)
    found = audience([Scope(Service.objects.get(slug="payments-api").pk)]).counts()
    assert 0 < found.customers < 300


def test_it_invents_the_same_for_the_same_seed(now: datetime) -> None:
    pictures = []
    for seed in (7, 7, 8):
        load_company(size=40, seed=seed, by=JOB, now=now)
        pictures.append(snapshot())
        for model in (Subscription, Contact, Customer):
            model.objects.all().delete()

    assert pictures[0] == pictures[1] != pictures[2]


def test_it_reaches_nobody(now: datetime) -> None:
    load_company(size="demo", by=JOB, now=now)

    for contact in Contact.objects.select_related("customer"):
        contact.full_clean(validate_unique=False, validate_constraints=False)
        assert contact.email.endswith(".example")
        assert not contact.phone or phonenumbers.is_possible_number(phonenumbers.parse(contact.phone))


def test_nobody_shares_a_telephone_number(now: datetime) -> None:
    load_company(size="demo", by=JOB, now=now)
    load_company(size=20, by=JOB, now=now, add=True)

    numbers = list(Contact.objects.exclude(phone="").values_list("phone", flat=True))
    assert len(numbers) > 400
    assert len(set(numbers)) == len(numbers)
    assert proposals() == []


def test_it_keeps_every_instance_inside_its_service_and_region(now: datetime) -> None:
    load_company(size="demo", by=JOB, now=now)

    for row in Subscription.objects.filter(instance__isnull=False).select_related("instance"):
        assert row.instance is not None
        assert (row.service_id, row.region_id) == (row.instance.service_id, row.instance.region_id)


def test_it_refuses_to_mix_with_real_customers_unless_told(now: datetime) -> None:
    load_company(size=5, by=JOB, now=now)

    with pytest.raises(WrongState, match="There are already 5 customers"):
        load_company(size=5, by=JOB, now=now)
    load_company(size=6, by=JOB, now=now, add=True)

    assert Customer.objects.count() == 11


def test_it_writes_history_when_asked(now: datetime) -> None:
    load_company(size=5, by=JOB, now=now, history=True)

    row = Customer.history.first()
    assert row is not None
    assert (row.history_actor, row.history_date, row.history_type) == ("demonstration", now, "+")
    assert Contact.history.count() == 15


@pytest.mark.parametrize("size", ["0", "-3", "huge", "9999999", "1e3", ""])
def test_it_refuses_a_size_it_cannot_mean(size: str, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="number of customers"):
        load_company(size=size, by=JOB, now=now)
    with pytest.raises(CommandError, match="number of customers"):
        call_command("load_company", size=size)


def test_it_refuses_whoever_may_not_edit_customers(by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="This takes Support"):
        load_company(size=5, by=by_ivo, now=now)


def test_its_services_stand_only_on_earlier_ones() -> None:
    plans = services(200, Random(1))

    assert len({plan.slug for plan in plans}) == 200
    for place, plan in enumerate(plans):
        assert set(plan.depends_on) <= {earlier.slug for earlier in plans[:place]}
