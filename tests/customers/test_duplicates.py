"""Customers that look like one are proposed, and made one without anybody hearing twice or being forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import Scope, audience
from customers.duplicates import keep_apart, merge, plain_name, proposals
from customers.models import Contact, Customer, Delivery, Subscription
from incidents.public import progress
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Müller & Söhne GmbH", "muller sohne"),
        ("THE Acme Company, Inc.", "acme"),
        ("Group Holding", "group holding"),
        ("Ørsted A/S", "ørsted a s"),
    ],
)
def test_names_are_compared_without_what_does_not_tell(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def found() -> dict[tuple[str, str], tuple[str, ...]]:
    names = dict(Customer.objects.values_list("pk", "name"))
    return {(names[pair.first], names[pair.second]): pair.reasons for pair in proposals()}


def test_the_same_name_in_another_spelling_is_proposed() -> None:
    factories.customer("Acme Ltd")
    factories.customer("ACME, Inc")
    factories.customer("Globex")
    assert found() == {("Acme Ltd", "ACME, Inc"): ("the same name",)}


def test_a_slip_of_the_pen_is_proposed() -> None:
    factories.customer("Initech Systems")
    factories.customer("Initech Sytems")
    assert found() == {("Initech Systems", "Initech Sytems"): ("nearly the same name",)}


def test_a_firms_domain_or_telephone_is_proposed_and_a_shared_domain_is_not() -> None:
    one, other, third = (factories.customer(name) for name in ("Alpha", "Beta", "Gamma"))
    factories.contact(one, email="a@firm.example", phone="+14155550101")
    factories.contact(other, email="b@firm.example", phone="+14155550101")
    factories.contact(one, email="c@gmail.com")
    factories.contact(third, email="d@gmail.com")
    assert found() == {("Alpha", "Beta"): ("both at firm.example", "the same telephone number")}


def test_who_was_judged_is_not_proposed_again(by_dana: Actor, now: datetime) -> None:
    one, other = factories.customer("Acme Ltd"), factories.customer("ACME, Inc")
    keep_apart(other, one, by=by_dana, now=now)
    assert found() == {}


def test_contacts_and_uses_move_and_nothing_is_there_twice(by_dana: Actor, now: datetime) -> None:
    payments, reports = factories.service(), factories.service("Reports")
    keep = factories.customer("Acme Ltd", payments)
    gone = factories.customer("ACME, Inc", payments, reports)
    factories.contact(keep, "Pat", email="pat@acme.example")
    factories.contact(gone, "Pat", email="Pat@acme.example")
    factories.contact(gone, "Sam", email="sam@acme.example")
    merge(keep, gone, by=by_dana, now=now)
    active = Contact.objects.active().order_by("name").values_list("name", "customer__name")
    assert list(active) == [("Pat", "Acme Ltd"), ("Sam", "Acme Ltd")]
    uses = Subscription.objects.filter(customer=keep).values_list("service__name", flat=True)
    assert sorted(uses) == ["Payments API", "Reports"]
    gone.refresh_from_db()
    assert (gone.is_active, gone.merged_into) == (False, keep)


def test_of_two_with_one_address_whoever_was_told_is_used(by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    keep, gone = factories.customer("Acme Ltd"), factories.customer("ACME, Inc", factories.service())
    factories.contact(keep, "Pat", email="pat@acme.example")
    told = factories.contact(gone, "Patricia", email="pat@acme.example")
    factories.send(factories.incident(by_ivo, now), "initial", by_dana, now)
    Delivery.objects.update(state="sent")
    merge(keep, gone, by=by_dana, now=now)
    told.refresh_from_db()
    assert (told.customer, told.is_active, told.email) == (keep, True, "pat@acme.example")
    assert not Contact.objects.get(name="Pat").is_active


def test_who_was_told_at_both_for_two_reasons_reads_it_once(by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    services = [factories.service(), factories.service("Reports")]
    acme, limited = factories.customer("Acme", services[0]), factories.customer("Acme Ltd", services[1])
    for customer in (acme, limited):
        factories.contact(customer, "Pat", email="pat@acme.example")
    incident = factories.incident(by_ivo, now, services=services)
    factories.send(incident, "initial", by_dana, now)
    Delivery.objects.update(state="sent")
    merge(acme, limited, by=by_dana, now=now)
    page = progress.told(acme.contacts.get(is_active=True), incident.reference)
    assert page is not None
    assert [update.kind for update in page.updates] == ["initial"]


def test_an_active_contact_is_never_given_up_for_one_who_is_not(by_dana: Actor, now: datetime) -> None:
    payments = factories.service()
    keep, gone = factories.customer("Acme Ltd", payments), factories.customer("ACME, Inc", payments)
    left = factories.contact(keep, "Pat who left", email="pat@acme.example")
    Contact.objects.filter(pk=left.pk).update(is_active=False)
    factories.contact(gone, "Pat", email="pat@acme.example")
    merge(keep, gone, by=by_dana, now=now)
    told = audience([Scope(payments.pk)]).contacts()
    assert [(row.name, row.customer.name) for row in told] == [("Pat", "Acme Ltd")]


def test_what_can_not_be_merged_is_refused(by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    acme, globex = factories.customer("Acme", factories.service()), factories.customer("Globex")
    with pytest.raises(InvalidInput, match="two different"):
        merge(acme, acme, by=by_dana, now=now)
    with pytest.raises(NotAllowed):
        merge(acme, globex, by=by_ivo, now=now)
    factories.contact(acme)
    factories.send(factories.incident(by_ivo, now), "initial", by_dana, now)
    with pytest.raises(WrongState, match="is on its way"):
        merge(globex, acme, by=by_dana, now=now)
    merge(acme, globex, by=by_dana, now=now)
    with pytest.raises(WrongState, match="no longer served"):
        merge(acme, globex, by=by_dana, now=now)


def test_a_no_at_one_of_two_customers_silences_nobody_unseen(by_dana: Actor, now: datetime) -> None:
    acme, limited = factories.customer("Acme"), factories.customer("Acme Ltd")
    factories.contact(acme, "Kim", email="kim@acme.example")
    factories.contact(limited, "Kim", email="kim@acme.example", preference="none")
    with pytest.raises(WrongState, match="Nobody at Acme could be told any more"):
        merge(acme, limited, by=by_dana, now=now)
    factories.contact(limited, "Sam")
    merge(acme, limited, by=by_dana, now=now)
    assert [row.name for row in acme.contacts.reachable()] == ["Sam"]


def test_the_pages_compare_and_merge(dana: User, signed_in: Callable[[User], Client]) -> None:
    keep, gone = factories.customer("Acme Ltd"), factories.customer("ACME, Inc")
    client = signed_in(dana)
    assert "The same name" in client.get("/admin/customers/customer/duplicates/").content.decode()
    url = f"/admin/customers/customer/{keep.pk}/merge/{gone.pk}/"
    assert "This one stays" in client.get(url).content.decode()
    client.post(url, {"action": "merge", "keep": gone.pk})
    keep.refresh_from_db()
    assert keep.merged_into == gone
    assert "No two look like one" in client.get("/admin/customers/customer/duplicates/").content.decode()
