"""The console's pages of customers: who sees them, who edits them, and that addresses come out in one spelling."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.models import Contact, Customer, Instance, Service, Subscription
from tests.customers.conftest import Landscape, make_customer
from tests.customers.imports.conftest import import_lines

SignIn = Callable[[User], Client]
CUSTOMERS = ("customer", "contact", "subscription")
SETTINGS = ("service", "region", "instance")


def inline(prefix: str, *rows: dict[str, object], initial: int = 0) -> dict[str, object]:
    """The fields of a formset as a browser posts them."""
    fields: dict[str, object] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        fields.update({f"{prefix}-{number}-{name}": value for name, value in row.items()})
    return fields


def test_it_shows_customers_to_those_who_may_see_them(
    signed_in: SignIn,
    landscape: Landscape,
    dana: User,
    ivo: User,
    mara: User,
    cleo: User,
    mira: User,
    ada: User,
    otto: User,
) -> None:
    acme = make_customer("Acme", landscape.seven)
    pages = [f"/admin/customers/{name}/" for name in CUSTOMERS] + [f"/admin/customers/customer/{acme.pk}/change/"]

    for person, status in ((dana, 200), (ivo, 200), (mara, 200), (cleo, 200), (mira, 200), (ada, 403), (otto, 302)):
        for page in pages:
            assert signed_in(person).get(page).status_code == status, (person, page)


def test_only_support_edits_customers_and_only_administrators_services(
    signed_in: SignIn, landscape: Landscape, dana: User, ivo: User, mara: User, cleo: User, mira: User, ada: User
) -> None:
    for person in (dana, ivo, mara, cleo, mira, ada):
        client = signed_in(person)
        for name in CUSTOMERS:
            allowed = 200 if person == dana else 403
            assert client.get(f"/admin/customers/{name}/add/").status_code == allowed, (person, name)
        for name in SETTINGS:
            allowed = 200 if person == ada else 403
            assert client.get(f"/admin/customers/{name}/add/").status_code == allowed, (person, name)


def test_nothing_can_be_deleted(signed_in: SignIn, landscape: Landscape, dana: User, ada: User) -> None:
    acme = make_customer("Acme", landscape.payments)

    assert signed_in(dana).post(f"/admin/customers/customer/{acme.pk}/delete/", {"post": "yes"}).status_code == 403
    assert (
        signed_in(ada).post(f"/admin/customers/service/{landscape.checkout.pk}/delete/", {"post": "yes"}).status_code
        == 403
    )


def test_it_saves_a_customer_with_contacts_and_what_it_uses(
    signed_in: SignIn, landscape: Landscape, dana: User
) -> None:
    answer = signed_in(dana).post(
        "/admin/customers/customer/add/",
        {
            "name": "Acme",
            "reference": "A-1",
            "tier": "business",
            "time_zone": "UTC",
            "language": "en",
            "is_active": "on",
            **inline(
                "contacts",
                {
                    "name": "Ann",
                    "email": "Ann@ACME.Example",
                    "phone": "+49 (30) 23125-000",
                    "language": "de",
                    "time_zone": "Europe/Berlin",
                    "wants_email": "on",
                    "preference": "all",
                    "is_active": "on",
                },
            ),
            **inline("subscriptions", {"service": landscape.payments.pk, "instance": landscape.seven.pk}),
        },
    )

    assert answer.status_code == 302
    ann = Contact.objects.get()
    assert (ann.email, ann.phone) == ("Ann@acme.example", "+493023125000")
    assert str(Subscription.objects.get()) == "Payments API in eu-west, instance 7"
    assert ann.history.get().history_user == dana


def test_it_takes_an_international_address_that_a_browser_would_refuse(
    signed_in: SignIn, landscape: Landscape, dana: User
) -> None:
    acme, client, page = make_customer("Acme", contacts=0), signed_in(dana), "/admin/customers/contact/add/"
    fields = {"name": "Jü", "email": " jü@Bücher.example", "language": "en", "time_zone": "UTC", "preference": "all"}

    assert '<input type="text" name="email"' in client.get(page).content.decode()
    assert client.post(page, {"customer": acme.pk, "phone": "", **fields}).status_code == 302
    assert Contact.objects.get().email == "jü@bücher.example"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"email": "jü@@acme.example"}, "Enter a valid email address."),
        ({"email": "", "phone": ""}, "A contact needs an e-mail address or a telephone number."),
        ({"phone": "0171 3920000"}, "is not a telephone number with its country code"),
        ({"time_zone": "Berlin"}, "is not a known time zone"),
        ({"email": "PAT1@acme.example"}, "This customer already has a contact with this e-mail address."),
    ],
)
def test_it_refuses_a_contact_nobody_could_be_reached_by(
    signed_in: SignIn, landscape: Landscape, dana: User, fields: dict[str, str], says: str
) -> None:
    acme = make_customer("Acme")
    good = {
        "customer": acme.pk,
        "name": "Ann",
        "email": "ann@acme.example",
        "phone": "",
        "language": "en",
        "time_zone": "UTC",
        "preference": "all",
    }

    answer = signed_in(dana).post("/admin/customers/contact/add/", {**good, **fields})

    assert says in answer.content.decode()
    assert Contact.objects.count() == 1


def test_it_refuses_a_second_customer_of_the_same_name(signed_in: SignIn, landscape: Landscape, dana: User) -> None:
    make_customer("Acme")

    answer = signed_in(dana).post(
        "/admin/customers/customer/add/",
        {
            "name": "ACME",
            "reference": "A-2",
            "tier": "business",
            "time_zone": "UTC",
            "language": "en",
            **inline("contacts"),
            **inline("subscriptions"),
        },
    )

    assert "There is already a customer of this name" in answer.content.decode()


def test_it_refuses_an_instance_of_another_service(signed_in: SignIn, landscape: Landscape, dana: User) -> None:
    acme = make_customer("Acme")

    answer = signed_in(dana).post(
        "/admin/customers/subscription/add/",
        {"customer": acme.pk, "service": landscape.checkout.pk, "region": "", "instance": landscape.seven.pk},
    )

    assert "7 is an instance of Payments API." in answer.content.decode()


def test_it_refuses_to_move_an_instance_from_under_its_customers(
    signed_in: SignIn, landscape: Landscape, ada: User
) -> None:
    make_customer("Acme", landscape.seven)

    answer = signed_in(ada).post(
        f"/admin/customers/instance/{landscape.seven.pk}/change/",
        {"service": landscape.payments.pk, "region": landscape.us.pk, "name": "7"},
    )

    assert "Customers are subscribed to this instance where it is now." in answer.content.decode()


def test_it_shows_the_history_of_a_subscription(signed_in: SignIn, landscape: Landscape, dana: User) -> None:
    make_customer("Acme", landscape.seven)
    row = Subscription.objects.get()
    client = signed_in(dana)
    version = row.history.get().history_id

    assert client.get(f"/admin/customers/subscription/{row.pk}/history/").status_code == 200
    assert client.get(f"/admin/customers/subscription/{row.pk}/history/{version}/", follow=True).status_code == 200


def test_it_shows_who_changed_a_customer_and_why(
    signed_in: SignIn, landscape: Landscape, dana: User, by_dana: Actor
) -> None:
    import_lines(by_dana, "A-1,Acme,,,,,,,,")
    import_lines(by_dana, "A-1,Acme,enterprise,,,,,,,")

    page = signed_in(dana).get(f"/admin/customers/customer/{Customer.objects.get().pk}/history/").content.decode()

    assert page.count("Dana Reyes</td>") == 2
    assert "Imported from customers.csv" in page
    assert "<del>standard</del> → enterprise" in page
    assert "style=" not in page


def test_its_lists_ask_no_more_questions_with_more_rows(signed_in: SignIn, landscape: Landscape, dana: User) -> None:
    client = signed_in(dana)

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    make_customer("Acme", landscape.seven)
    pages = [f"/admin/customers/{name}/" for name in (*CUSTOMERS, "service", "instance")]
    pages += [
        f"/admin/customers/subscription/{Subscription.objects.get().pk}/change/",
        "/admin/customers/subscription/add/",
    ]
    for page in pages:
        queries(page)  # what a process reads once
    few = [queries(page) for page in pages]
    for number in range(20):
        make_customer(f"Customer {number}", landscape.seven, landscape.checkout, contacts=2)
        other = Service.objects.create(slug=f"s-{number}", name=f"S {number}")
        Instance.objects.create(service=other, region=landscape.seven.region, name="1")

    assert [queries(page) for page in pages] == few
    assert max(few) <= 15
    form = f"/admin/customers/customer/{Customer.objects.earliest('pk').pk}/change/"
    for page in (form, f"{form}?edit"):
        queries(page)
        assert queries(page) <= 15
