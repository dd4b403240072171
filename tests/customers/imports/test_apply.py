"""Confirming: exactly what was shown, all of it or nothing, with history and an entry in the audit trail."""

from __future__ import annotations

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import Scope, audience
from customers.duplicates import merge
from customers.imports import apply, plan, read
from customers.models import Contact, Customer, Subscription
from tests.customers.conftest import Landscape
from tests.customers.imports.conftest import ACME, GLOBEX, NOW, csv_file, import_lines

pytestmark = pytest.mark.usefixtures("landscape")


def test_it_writes_customers_contacts_and_what_they_use(by_dana: Actor) -> None:
    import_lines(by_dana, ACME, GLOBEX)

    acme = Customer.objects.get(reference="A-1")
    ann = acme.contacts.get()
    assert (acme.tier, ann.phone, ann.time_zone, ann.wants_email) == (
        "enterprise",
        "+14155550123",
        "America/New_York",
        True,
    )
    assert [str(row) for row in acme.subscriptions.order_by("service__slug")] == [
        "Checkout",
        "Payments API in eu-west, instance 7",
    ]


def test_it_takes_international_addresses_in_one_spelling(by_dana: Actor) -> None:
    composed, taken_apart = "jü@Bücher.example", "ju\u0308@bu\u0308cher.example"
    for line, email in enumerate((composed, taken_apart, "विजय@डाटा.example")):
        import_lines(by_dana, f"A-{line // 2},Acme {line // 2},,,Jule,{email},,,,")

    assert [*Contact.objects.order_by("pk").values_list("email", flat=True)] == [
        "jü@bücher.example",
        "विजय@डाटा.example",
    ]


def test_whoever_was_imported_is_told_when_their_service_fails(by_dana: Actor, landscape: Landscape) -> None:
    import_lines(by_dana, ACME, GLOBEX)

    told = audience([Scope(landscape.payments.pk, landscape.eu.pk)]).contacts()

    assert [(row.email, row.reason) for row in told] == [
        ("ann@acme.example", "uses Payments API in eu-west, instance 7")
    ]


def test_it_leaves_history_and_an_audit_entry_without_personal_data(by_dana: Actor) -> None:
    import_lines(by_dana, ACME, GLOBEX)
    import_lines(by_dana, ACME.replace("Ann Adler", "Ann Ardent"))

    ann = Contact.objects.get(email="ann@acme.example")
    assert [
        (row.history_type, row.name, row.history_actor, row.history_change_reason) for row in ann.history.all()
    ] == [
        ("~", "Ann Ardent", "Dana Reyes", "Imported from customers.csv"),
        ("+", "Ann Adler", "Dana Reyes", "Imported from customers.csv"),
    ]
    assert Subscription.history.count() == 3
    last = AuditEntry.objects.filter(action="customers imported").order_by("-pk")[0]
    assert (last.data["changed_contacts"], last.data["new_customers"]) == (1, 0)
    assert "Ann" not in str(last.data)


def test_a_bad_file_changes_nothing(by_dana: Actor) -> None:
    table = read(csv_file(ACME, "G-1,Globex,gold,,,,,,,"))

    with pytest.raises(InvalidInput, match="1 bad row: nothing was imported"):
        apply(table, shown=plan(table).digest, by=by_dana, now=NOW)

    assert not Customer.objects.exists()
    assert not AuditEntry.objects.filter(action="customers imported").exists()


def test_it_refuses_when_somebody_changed_a_customer_since_the_preview(by_dana: Actor) -> None:
    import_lines(by_dana, ACME)
    table = read(csv_file(ACME.replace("enterprise", "business")))
    shown = plan(table).digest
    Customer.objects.update(tier="standard")

    with pytest.raises(WrongState, match="changed since this preview"):
        apply(table, shown=shown, by=by_dana, now=NOW)

    assert Customer.objects.get().tier == "standard"


def test_it_applies_one_preview_once(by_dana: Actor) -> None:
    table = read(csv_file(ACME))
    shown = plan(table).digest
    apply(table, shown=shown, by=by_dana, now=NOW)

    with pytest.raises(WrongState, match="changed since this preview"):
        apply(table, shown=shown, by=by_dana, now=NOW)


def test_it_refuses_whoever_may_not_edit_customers(by_ivo: Actor) -> None:
    table = read(csv_file(ACME))

    with pytest.raises(NotAllowed, match="This takes Support"):
        apply(table, shown=plan(table).digest, by=by_ivo, now=NOW)


def test_it_imports_500_customers_with_1500_contacts(by_dana: Actor) -> None:
    lines = [
        f"C-{n},Customer {n},,,Pat {m},pat{m}@c{n}.example,,,,checkout; payments-api@eu-west"
        for n in range(500)
        for m in range(3)
    ]

    import_lines(by_dana, *lines)

    assert (Customer.objects.count(), Contact.objects.count(), Subscription.objects.count()) == (500, 1500, 1000)
    assert Contact.history.count() == 1500


def test_the_reference_of_a_customer_merged_away_brings_people_to_the_one_that_stayed(
    by_dana: Actor, landscape: Landscape
) -> None:
    import_lines(by_dana, ACME, GLOBEX)
    acme, globex = (Customer.objects.get(reference=reference) for reference in ("A-1", "G-1"))
    merge(acme, globex, by=by_dana, now=NOW)

    lines = (
        "G-1,Globex renamed,standard,,New There,new@globex.example,,,,payments-api",
        "A-1,Acme,,,New There,new@globex.example,,,,",
    )
    shown = plan(read(csv_file(*lines)))
    import_lines(by_dana, *lines)

    assert shown.rows[0].notes == [
        "G-1 is part of Acme (A-1) by now: new contacts and services go there, and nothing else of it changes."
    ]
    told = audience([Scope(landscape.payments.pk, landscape.eu.pk)]).contacts()
    assert ("New There", "Acme") in [(row.name, row.customer.name) for row in told]
    globex.refresh_from_db()
    assert (globex.name, globex.is_active) == ("Globex", False)


def test_it_says_beforehand_who_will_not_be_told(by_dana: Actor) -> None:
    import_lines(by_dana, ACME)
    Contact.objects.update(is_active=False)
    Customer.objects.update(is_active=False)

    notes = plan(read(csv_file(ACME.replace("Ann Adler", "Ann Ardent")))).rows[0].notes

    assert notes == [
        "Acme is no longer served: nobody there is told of anything until it is active again.",
        "Ann Adler is not active and stays so: nothing is sent to them.",
    ]
