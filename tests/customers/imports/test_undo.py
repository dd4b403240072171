"""An import is undone as a whole: exactly what it made and changed; what was used since stands in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Value
from django.test import Client

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.delivery.compose import queue_message
from customers.delivery.rendered import Rendered
from customers.erasing import erase_contact
from customers.imports import apply, plan, read, steps
from customers.imports.undoing import Undoing, undoing_of
from customers.models import Contact, Customer, CustomerImport, ImportedRow, ImportState, Subscription
from tests.customers.imports.conftest import ACME, GLOBEX, csv_file
from tests.customers.imports.test_admin_import import browser, confirm, press, text, upload

pytestmark = pytest.mark.usefixtures("landscape")
__all__ = ["browser"]


def imported(by: Actor, *lines: str) -> CustomerImport:
    """An import of these lines that was done just now."""
    table = read(csv_file(*lines))
    return apply(table, shown=plan(table).digest, by=by, now=clock.now())[0]


def undo(one: CustomerImport, by: Actor, *, leave: bool = False) -> CustomerImport:
    """Undo it as its page would."""
    shown = undoing_of(one).digest
    return steps.ask_undo(one, shown=shown, leave=leave, reason="wrong list", by=by, now=clock.now())


def in_the_way(one: CustomerImport) -> dict[str, str]:
    """What can't be undone: name -> why."""
    found: Undoing = undoing_of(one)
    return {row.name: row.why for row in found.in_the_way}


def write_to_everybody(by: Actor) -> None:
    """Queue a message to every contact."""
    with transaction.atomic():
        queue_message(
            thread_key="INC-42",
            kind="initial",
            priority=10,
            is_drill=False,
            recipients=Contact.objects.annotate(reason=Value("uses Checkout")),
            render=lambda _: Rendered("Payments fail", "Hello", ""),
            link_purpose="progress",
            by=by,
            now=clock.now(),
        )


def everything() -> list[tuple[object, ...]]:
    """All that an import can change."""
    return [
        *Customer.objects.order_by("reference").values_list("reference", "name", "tier"),
        *Contact.objects.order_by("name").values_list("name", "email", "phone", "language"),
        *Subscription.objects.order_by("pk").values_list("customer__reference", "service__slug"),
    ]


def test_what_came_goes_and_what_was_changed_is_as_before(by_dana: Actor) -> None:
    imported(by_dana, ACME)
    before = everything()
    second = imported(by_dana, ACME.replace("enterprise", "business").replace("; checkout", "; storefront"), GLOBEX)
    assert everything() != before

    assert undo(second, by_dana).state == ImportState.UNDONE

    assert everything() == before
    assert not ImportedRow.objects.filter(of=second).exists()


def test_it_leaves_history_and_the_reason_in_the_audit_trail(by_dana: Actor) -> None:
    one = imported(by_dana, ACME)

    undo(one, by_dana)

    gone = Contact.history.filter(email="ann@acme.example").latest()
    assert (gone.history_type, gone.history_actor) == ("-", "Dana Reyes")
    assert gone.history_change_reason == "Import of the file undone"
    entry = AuditEntry.objects.get(action="customers import undone")
    assert (entry.data["reason"], entry.data["removed_contacts"], entry.data["left"]) == ("wrong list", 1, 0)


def test_what_was_changed_since_stands_in_the_way_of_the_whole(by_dana: Actor) -> None:
    one = imported(by_dana, ACME, GLOBEX)
    ann = Contact.objects.get(name="Ann Adler")
    ann.phone = "+14155550199"
    ann.save()
    before = everything()

    assert in_the_way(one) == {"Ann Adler": "was changed since", "Acme": "has contacts that stay"}
    after = undo(one, by_dana)

    assert (after.state, after.problem) == (ImportState.DONE, "2 rows stand in the way: nothing was undone.")
    assert everything() == before


def test_what_stands_in_the_way_can_be_left_as_it_is(by_dana: Actor) -> None:
    one = imported(by_dana, ACME, GLOBEX)
    Contact.objects.filter(name="Ann Adler").update(phone="+14155550199")

    assert undo(one, by_dana, leave=True).state == ImportState.UNDONE

    assert [*Customer.objects.values_list("name", flat=True)] == ["Acme"]
    assert Contact.objects.get().phone == "+14155550199"
    assert {use.customer.name for use in Subscription.objects.all()} == {"Acme"}, "else nobody there would be told"


def test_a_change_elsewhere_on_the_row_is_not_in_the_way_and_stays(by_dana: Actor) -> None:
    imported(by_dana, ACME)
    second = imported(by_dana, ACME.replace("enterprise", "business"))
    Customer.objects.update(notes="Calls on Mondays.")

    undo(second, by_dana)

    acme = Customer.objects.get()
    assert (acme.tier, acme.notes) == ("enterprise", "Calls on Mondays.")


def test_whoever_was_sent_a_message_stays(by_dana: Actor) -> None:
    one = imported(by_dana, ACME)
    write_to_everybody(by_dana)

    assert in_the_way(one) == {"Ann Adler": "was sent a message", "Acme": "has contacts that stay"}


def test_an_address_that_was_written_to_since_stays(by_dana: Actor) -> None:
    imported(by_dana, ACME.replace("+14155550123", ""))
    second = imported(by_dana, ACME)
    write_to_everybody(by_dana)

    assert in_the_way(second) == {"Ann Adler": "a message was sent to the address since"}


def test_an_erased_person_is_not_brought_back(by_dana: Actor) -> None:
    imported(by_dana, ACME)
    second = imported(by_dana, ACME.replace("Ann Adler", "Ann Ardent"))
    erase_contact(Contact.objects.get(), reason="asked for it", by=by_dana, now=clock.now())

    assert in_the_way(second) == {"Erased person": "was erased on request"}
    assert "Adler" not in str([*ImportedRow.objects.values_list("before", flat=True)])


def test_a_contact_that_somebody_removed_meanwhile_is_no_hindrance(by_dana: Actor) -> None:
    one = imported(by_dana, ACME)
    Subscription.objects.all().delete()

    assert undo(one, by_dana).state == ImportState.UNDONE
    assert not Customer.objects.exists()


def test_a_name_that_is_taken_by_now_undoes_nothing(by_dana: Actor) -> None:
    imported(by_dana, ACME)
    second = imported(by_dana, ACME.replace("Acme", "Acme New", 1))
    Customer.objects.create(name="Acme", reference="B-1")

    after = undo(second, by_dana)

    assert after.state == ImportState.DONE
    assert "in use by somebody else" in after.problem


def test_it_undoes_what_was_shown_and_nothing_else(by_dana: Actor) -> None:
    one = imported(by_dana, ACME)
    shown = undoing_of(one).digest
    Contact.objects.update(name="Somebody")

    after = steps.ask_undo(one, shown=shown, leave=True, reason="wrong", by=by_dana, now=clock.now())

    assert after.state == ImportState.DONE
    assert "changed since you looked" in after.problem
    assert Contact.objects.get().name == "Somebody"


def test_it_is_refused_twice_late_without_reason_and_to_others(by_dana: Actor, by_ivo: Actor) -> None:
    one, late = imported(by_dana, ACME), clock.now() + timedelta(days=30, seconds=1)
    shown = undoing_of(one).digest

    def ask(by: Actor, reason: str = "wrong", now: object = None) -> CustomerImport:
        return steps.ask_undo(one, shown=shown, leave=False, reason=reason, by=by, now=now or clock.now())  # type: ignore[arg-type]

    with pytest.raises(NotAllowed, match="This takes Support"):
        ask(by_ivo)
    with pytest.raises(InvalidInput, match="Say why"):
        ask(by_dana, reason=" ")
    with pytest.raises(WrongState, match="older than 30 days"):
        ask(by_dana, now=late)
    ask(by_dana)
    with pytest.raises(WrongState, match="nothing to undo"):
        ask(by_dana)


def test_the_page_says_what_would_be_undone_and_what_stands_in_the_way(browser: Client) -> None:
    done = confirm(browser, upload(browser, csv_file(ACME, GLOBEX)))
    Contact.objects.filter(name="Ann Adler").update(name="Ann Ardent")
    address = done.redirect_chain[-1][0]  # type: ignore[attr-defined]

    page = browser.get(f"{address}?undo=1")

    assert "Removed: 1 customer, 1 contact, 1 use of a service" in text(page)  # type: ignore[arg-type]
    assert "Ann Ardent contact: was changed since" in text(page)  # type: ignore[arg-type]
    refused = press(browser, page, "undo", reason="last year's list")  # type: ignore[arg-type]
    assert "nothing was undone" in text(refused)
    again = browser.get(f"{address}?undo=1")
    after = press(browser, again, "undo", reason="last year's list", leave="on")  # type: ignore[arg-type]
    assert "Undone by Dana Reyes" in text(after)
    assert [*Customer.objects.values_list("name", flat=True)] == ["Acme"]
