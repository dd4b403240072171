"""How we know that an address works, and the one mail by which a person confirms theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import NotAllowed, WrongState
from customers.delivery.suppression import suppress
from customers.erasing import erase_contact
from customers.models import AddressConfirmation, Channel, Contact, Delivery, Message
from customers.verifying import Proof, ask, known_of, proven, with_proof
from tests.customers.conftest import make_customer
from tests.customers.delivery.conftest import Queue, desk, mail, one_pass, queue
from tests.mail_servers import OpenServer

pytestmark = pytest.mark.django_db
__all__ = ["desk", "mail", "queue"]
SignIn = Callable[[User], Client]


@pytest.fixture
def now() -> datetime:
    """The present."""
    return clock.now()


@pytest.fixture
def pat(landscape: object) -> Contact:
    """Pat of Acme, of whom nothing is known yet."""
    return make_customer("Acme").contacts.get()


def proof(contact: Contact) -> str:
    """What is known of the address."""
    known = known_of(with_proof(Contact.objects.filter(pk=contact.pk)).get())
    assert known is not None
    for each in Proof:
        found = proven(Contact.objects.all(), each).filter(pk=contact.pk).exists()
        assert found is (each == known.proof), each
    return known.words


def link_in(server: OpenServer) -> str:
    """The path of the link in the newest mail."""
    [found] = re.findall(r"https://desk\.example(/k/[^\s\"<]+/)", server.received[-1].body())[:1]
    return str(found)


def test_each_step_is_told_apart(pat: Contact, mail: OpenServer, queue: Queue, by_dana: Actor, now: datetime) -> None:
    assert proof(pat) == "never tried"
    ask(pat, by=by_dana, now=now)
    assert proof(pat) == "asked, no answer yet"
    one_pass()
    assert proof(pat) == "mail was taken there"
    Client().post(link_in(mail))
    assert proof(pat) == "confirmed by the person"
    suppress(Channel.EMAIL, pat.email.upper(), "550 5.1.1 No such user", now=now)
    assert proof(pat) == "bounced"


def test_a_new_address_is_not_confirmed_by_the_old_one(
    pat: Contact, mail: OpenServer, by_dana: Actor, now: datetime
) -> None:
    ask(pat, by=by_dana, now=now)
    one_pass()
    link = link_in(mail)
    pat.email = "other@acme.example"
    pat.save()

    assert Client().post(link).status_code == 404
    assert proof(pat) == "never tried"


def test_a_drill_proves_nothing(pat: Contact, mail: OpenServer, queue: Queue) -> None:
    queue(is_drill=True)
    one_pass()

    assert Delivery.objects.get().sent_at is not None
    assert proof(pat) == "never tried"


def test_the_mail_is_asked_for_in_the_readers_language_and_opening_its_link_confirms_nothing(
    pat: Contact, mail: OpenServer, by_dana: Actor, now: datetime
) -> None:
    Contact.objects.update(language="de", preference="start_and_end")

    ask(pat, by=by_dana, now=now)
    one_pass()

    [sent] = mail.received
    assert "Bitte bestätigen Sie diese Adresse" in str(sent.message["Subject"])
    assert "Ist das die richtige Adresse?" in sent.body()
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(link_in(mail))
    assert "Ja, das ist meine Adresse" in page.content.decode()
    assert AddressConfirmation.objects.get().confirmed_at is None
    assert "Danke" in browser.post(link_in(mail)).content.decode()
    assert AddressConfirmation.objects.get().confirmed_at is not None
    assert [*AuditEntry.objects.order_by("pk").values_list("action", "actor_name")] == [
        ("contact.asked_to_confirm", "Dana Reyes"),
        ("contact.address_confirmed", f"contact {pat.pk}"),
    ]


def test_nobody_is_asked_twice_in_a_row_or_after_they_have_answered(
    pat: Contact, mail: OpenServer, by_dana: Actor, now: datetime
) -> None:
    ask(pat, by=by_dana, now=now)
    with pytest.raises(WrongState, match="asked a moment ago, by Dana Reyes"):
        ask(pat, by=by_dana, now=now + timedelta(minutes=9, seconds=59))
    ask(pat, by=by_dana, now=now + timedelta(minutes=10))
    AddressConfirmation.objects.update(confirmed_at=now)
    with pytest.raises(WrongState, match="Nothing to ask"):
        ask(pat, by=by_dana, now=now + timedelta(days=1))

    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"is_active": False}, "not written to any more"),
        ({"wants_email": False}, "gets no e-mail"),
        ({"preference": "none"}, "chose to get no messages"),
    ],
)
def test_whoever_would_not_get_it_is_not_asked(
    change: dict[str, object], says: str, pat: Contact, by_dana: Actor, now: datetime
) -> None:
    Contact.objects.update(**change)

    with pytest.raises(WrongState, match=says):
        ask(pat, by=by_dana, now=now)
    assert not Message.objects.exists()


def test_only_a_person_of_support_asks(pat: Contact, by_ivo: Actor, by_mara: Actor, now: datetime) -> None:
    for actor in (by_ivo, by_mara, Actor.job("promise keeper"), Actor.job("demonstration")):
        with pytest.raises(NotAllowed):
            ask(pat, by=actor, now=now)
    assert not Message.objects.exists()


def test_it_is_seen_and_asked_for_in_the_console(pat: Contact, dana: User, ivo: User, signed_in: SignIn) -> None:
    page = f"/admin/customers/contact/{pat.pk}/ask/"
    browser = signed_in(dana)
    assert "never tried" in browser.get(f"/admin/customers/customer/{pat.customer_id}/change/").content.decode()
    assert not Message.objects.exists()

    assert browser.get(page).status_code == 200
    assert not Message.objects.exists()
    assert "is asked by e-mail" in browser.post(page, follow=True).content.decode()
    assert "asked a moment ago" in browser.post(page).content.decode()
    assert signed_in(ivo).post(page).status_code == 403

    assert Message.objects.count() == 1
    listed = browser.get("/admin/customers/contact/?address=asked").content.decode()
    assert "Pat Acme 1" in listed
    assert "asked, no answer yet" in listed
    assert "Pat Acme 1" not in browser.get("/admin/customers/contact/?address=confirmed").content.decode()


def test_an_erased_person_leaves_no_address_here(pat: Contact, by_dana: Actor, now: datetime) -> None:
    AddressConfirmation.objects.create(contact=pat, address=pat.email, asked_at=now, asked_by_name="Dana")

    erase_contact(pat, reason="asked for it", by=by_dana, now=now)

    assert not AddressConfirmation.objects.exists()
