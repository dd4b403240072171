"""Alert the affected, and only them: who is in an audience, and the reason each is told."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crisisdesk.core.refusals import InvalidInput
from customers.affected import Audience, AudienceCounts, Scope, audience
from customers.models import Contact, Service, ServiceDependency
from tests.customers.conftest import Landscape, make_customer


def reasons(found: Audience) -> dict[str, str]:
    """What an operator sees: the contact's e-mail address and the reason."""
    return {contact.email: contact.reason for contact in found.contacts()}


def test_it_finds_those_who_use_the_service_and_nobody_else(landscape: Landscape) -> None:
    make_customer("Acme", landscape.payments)
    make_customer("Globex", landscape.storefront)
    make_customer("Initech")

    found = audience([Scope(landscape.storefront.pk)])

    assert reasons(found) == {"pat1@globex.example": "uses Storefront"}


def test_it_names_region_and_instance_in_the_reason(landscape: Landscape) -> None:
    make_customer("Acme", landscape.seven)
    make_customer("Globex", (landscape.payments, landscape.eu))

    found = audience([Scope(landscape.payments.pk, landscape.eu.pk)])

    assert reasons(found) == {
        "pat1@acme.example": "uses Payments API in eu-west, instance 7",
        "pat1@globex.example": "uses Payments API in eu-west",
    }


def test_it_leaves_other_regions_and_instances_alone(landscape: Landscape) -> None:
    make_customer("Acme", landscape.seven)
    make_customer("Globex", landscape.eight)
    make_customer("Initech", landscape.nine)
    make_customer("Umbrella", (landscape.payments, landscape.us))
    make_customer("Hooli", (landscape.payments, landscape.eu))
    make_customer("Everywhere", landscape.payments)

    found = audience([Scope(landscape.payments.pk, landscape.eu.pk, landscape.seven.pk)])

    assert set(reasons(found)) == {"pat1@acme.example", "pat1@hooli.example", "pat1@everywhere.example"}


def test_it_follows_dependencies_and_says_so(landscape: Landscape) -> None:
    make_customer("Acme", landscape.checkout)
    make_customer("Globex", (landscape.storefront, landscape.eu))

    assert reasons(audience([Scope(landscape.payments.pk)])) == {
        "pat1@acme.example": "uses Checkout, which depends on Payments API",
        "pat1@globex.example": "uses Storefront in eu-west, which depends on Checkout, which depends on Payments API",
    }


def test_it_carries_the_region_to_dependents_but_not_the_instance(landscape: Landscape) -> None:
    make_customer("Acme", (landscape.checkout, landscape.eu))
    make_customer("Globex", (landscape.checkout, landscape.us))

    found = audience([Scope(landscape.payments.pk, None, landscape.seven.pk)])

    assert set(reasons(found)) == {"pat1@acme.example"}


def test_it_gives_the_most_direct_reason_once(landscape: Landscape) -> None:
    make_customer("Acme", landscape.storefront, landscape.checkout, landscape.payments, landscape.seven, contacts=2)

    assert reasons(audience([Scope(landscape.payments.pk)])) == {
        "pat1@acme.example": "uses Payments API in eu-west, instance 7",
        "pat2@acme.example": "uses Payments API in eu-west, instance 7",
    }


def test_it_names_only_the_end_of_a_long_chain(landscape: Landscape) -> None:
    below = landscape.storefront
    for number in range(3):
        above = Service.objects.create(slug=f"layer-{number}", name=f"Layer {number}")
        ServiceDependency.objects.create(service=above, depends_on=below)
        below = above
    make_customer("Acme", below)

    [reason] = reasons(audience([Scope(landscape.payments.pk)])).values()

    assert reason == "uses Layer 2, which depends on Payments API through 4 other services"


def test_it_survives_services_that_depend_on_each_other(landscape: Landscape) -> None:
    ServiceDependency.objects.create(service=landscape.payments, depends_on=landscape.storefront)
    make_customer("Acme", landscape.payments)

    assert reasons(audience([Scope(landscape.checkout.pk)])) == {
        "pat1@acme.example": "uses Payments API, which depends on Storefront, which depends on Checkout"
    }


def test_it_leaves_out_whoever_is_gone(landscape: Landscape) -> None:
    acme = make_customer("Acme", landscape.payments, contacts=2)
    globex = make_customer("Globex", landscape.payments)
    Contact.objects.filter(email="pat2@acme.example").update(is_active=False)
    type(globex).objects.filter(pk=globex.pk).update(is_active=False)

    found = audience([Scope(landscape.payments.pk)])

    assert set(reasons(found)) == {"pat1@acme.example"}
    assert list(found.customers()) == [acme]


def test_it_adds_and_leaves_out_people_by_hand(landscape: Landscape) -> None:
    make_customer("Acme", landscape.payments, contacts=2)
    make_customer("Globex", landscape.storefront, contacts=2)
    who = {contact.email: contact.pk for contact in Contact.objects.all()}

    found = audience(
        [Scope(landscape.storefront.pk)],
        include={
            who["pat1@acme.example"]: "added by Dana: asked to be told",
            who["pat2@acme.example"]: "added by Dana: asked to be told",
            who["pat1@globex.example"]: "added by Dana: in the loop anyway",
        },
        exclude=[who["pat2@acme.example"], who["pat2@globex.example"]],
    )

    assert reasons(found) == {
        "pat1@acme.example": "added by Dana: asked to be told",
        "pat1@globex.example": "uses Storefront",
    }
    assert found.counts() == AudienceCounts(customers=2, contacts=2)
    assert [customer.name for customer in found.customers()] == ["Acme", "Globex"]


def test_it_tells_nobody_when_nothing_is_affected(landscape: Landscape) -> None:
    make_customer("Acme", landscape.payments)

    found = audience([])

    assert found.counts() == AudienceCounts(0, 0)
    assert [*found.contacts(), *found.customers(), *found.unreachable(), *found.sample(5)] == []


def test_it_shows_affected_customers_whom_nobody_can_reach(landscape: Landscape) -> None:
    make_customer("Acme", landscape.payments)
    silent = make_customer("Globex", landscape.payments, contacts=0)
    make_customer("Initech", contacts=0)

    assert list(audience([Scope(landscape.payments.pk)]).unreachable()) == [silent]


def test_it_shows_a_sample_by_customer_name(landscape: Landscape) -> None:
    for name in ("Globex", "Acme", "Initech"):
        make_customer(name, landscape.payments, contacts=2)

    sample = audience([Scope(landscape.payments.pk)]).sample(3)

    assert [(row.customer.name, row.reason) for row in sample] == [
        ("Acme", "uses Payments API"),
        ("Acme", "uses Payments API"),
        ("Globex", "uses Payments API"),
    ]


def test_it_refuses_an_instance_of_another_service(landscape: Landscape) -> None:
    with pytest.raises(InvalidInput, match="does not belong to the service"):
        audience([Scope(landscape.checkout.pk, None, landscape.seven.pk)])


def test_it_asks_no_more_questions_for_a_larger_audience(landscape: Landscape) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            found = audience([Scope(landscape.payments.pk)])
            found.counts()
            found.sample(5)
            list(found.contacts()[:50])
        return len(captured)

    make_customer("Acme", landscape.payments)
    few = queries()
    for number in range(30):
        make_customer(f"Customer {number}", landscape.payments, landscape.checkout, contacts=3)

    assert queries() == few <= 6


def test_it_can_be_copied_by_insert_select(landscape: Landscape) -> None:
    make_customer("Acme", landscape.payments, contacts=3)
    query = audience([Scope(landscape.payments.pk)]).contacts().order_by().values_list("pk", "reason").query
    sql, params = query.sql_with_params()

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE told (contact_id bigint, reason varchar(300))")
        cursor.execute(f"INSERT INTO told {sql}", params)
        cursor.execute("SELECT count(*), min(reason) FROM told")
        row = cursor.fetchone()
        cursor.execute("DROP TABLE told")

    assert row == (3, "uses Payments API")
