"""An international domain is one domain, in its own letters or as it travels: for contacts, suppression and imports."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
from django.db import connection

from crisisdesk.core.actors import Actor
from customers.addresses import normalise_email
from customers.delivery.suppression import in_force, suppress
from customers.erasing import erase_contact
from customers.imports import plan, read
from customers.models import Contact, ErasedAddress
from customers.twins import proposals
from tests import factories

OWN, TRAVELLING = "Kim@müller.example", "Kim@XN--mller-kva.example"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (TRAVELLING, OWN),
        (OWN, OWN),
        ("kim@straße.example", "kim@straße.example"),  # another domain than strasse.example
        ("kim@xn--a.example", "kim@xn--a.example"),  # no label of any language
        ("kim@ACME.example", "kim@acme.example"),
    ],
)
def test_a_domain_is_kept_in_its_own_letters(typed: str, kept: str) -> None:
    assert normalise_email(typed) == kept


@pytest.mark.django_db
def test_either_spelling_is_suppressed_found_and_imported_as_one(by_dana: Actor, now: datetime) -> None:
    kim = factories.contact(factories.customer("Acme"), "Kim", email=TRAVELLING)
    assert Contact.objects.at(OWN).get() == kim
    suppress("email", TRAVELLING, "550", now=now)
    assert in_force("email", [OWN.lower(), TRAVELLING.lower()]) == {OWN.lower(): "550", TRAVELLING.lower(): "550"}
    for spelling in (OWN, TRAVELLING):
        file = f"customer_reference,customer,contact_name,email\nacme,Acme,Kim,{spelling}\n"
        assert plan(read(file.encode(), name="crm.csv")).changes_nothing
    erase_contact(kim, reason="asked", by=by_dana, now=now)
    assert plan(read(file.encode(), name="crm.csv")).left_out


@pytest.mark.django_db
def test_whoever_was_erased_in_the_other_spelling_before_stays_so(now: datetime) -> None:
    factories.customer("Acme")
    erasing = import_module("customers.erasing")
    ErasedAddress.objects.create(mark=erasing._digest(TRAVELLING), at=now)
    file = f"customer_reference,customer,contact_name,email\nacme,Acme,Kim,{OWN}\n"
    assert plan(read(file.encode(), name="crm.csv")).left_out


@pytest.mark.django_db
def test_what_was_kept_otherwise_is_rewritten_and_two_are_proposed_as_one() -> None:
    acme = factories.customer("Acme")
    alone, one, other = (factories.contact(acme, name) for name in ("Alone", "Kim", "Kim"))
    with connection.cursor() as cursor:
        for row, address in ((alone, "a@xn--mller-kva.example"), (one, OWN), (other, TRAVELLING)):
            cursor.execute("UPDATE customers_contact SET email = %s WHERE id = %s", [address, row.pk])
        migration = import_module("customers.migrations.0017_one_spelling_of_a_domain")
        for kept in migration._KEPT:
            migration._rewrite(cursor, *kept)
    assert dict(Contact.objects.values_list("pk", "email")) == {
        alone.pk: "a@müller.example",
        one.pk: OWN,
        other.pk: TRAVELLING,
    }
    assert [(pair.first, pair.second) for pair in proposals()] == [(one.pk, other.pk)]
