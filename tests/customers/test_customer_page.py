"""The page of one customer: what they use, who is told and how, what they were sent, promises kept to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from customers.calls import record_call
from customers.delivery.consent import CHOSE_NOTHING
from customers.models import CallRecord, Contact, Customer, DeliveryState, Suppression
from incidents.models import Incident, Outcome, Promise, Update
from incidents.room.customer_story import story
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def page_of(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=[customer.pk])


@pytest.fixture
def acme() -> Customer:
    """Acme uses Payments API; Ana is told in German by e-mail and has a telephone."""
    row = make.customer("Acme", make.service())
    make.contact(row, "Ana", phone="+4930231250000", language="de", time_zone="Europe/Berlin")
    return row


@pytest.fixture
def incident(acme: Customer, by_ivo: Actor, now: datetime) -> Incident:
    return make.incident(by_ivo, now)


def accepted(update: Update, at: datetime, state: str = DeliveryState.SENT) -> None:
    """The readers' mail systems took the message at a moment."""
    assert update.message is not None
    update.message.deliveries.update(state=state, sent_at=at)


def test_it_shows_what_they_use_and_who_is_told_and_how(signed_in: SignIn, dana: User, acme: Customer) -> None:
    page = signed_in(dana).get(page_of(acme)).content.decode()

    assert "Payments API" in page
    assert "everywhere" in page
    assert "Ana" in page
    assert 'href="tel:+4930231250000"' in page
    assert "Deutsch, Europe/Berlin" in page
    assert "They never had a message" in page


def test_it_lists_the_messages_they_had_with_their_incident(
    signed_in: SignIn, cleo: User, acme: Customer, incident: Incident, by_dana: Actor, now: datetime
) -> None:
    update = make.send(incident, "initial", by_dana, now)
    accepted(update, now)

    page = signed_in(cleo).get(page_of(acme)).content.decode()

    assert reverse("admin:deliveries", args=[update.pk]) in page
    assert incident.reference in page
    assert "1 of 1 contact" in page


def test_whoever_chose_otherwise_was_not_missed(
    signed_in: SignIn, dana: User, acme: Customer, incident: Incident, by_dana: Actor, now: datetime
) -> None:
    make.contact(acme, "Ben")
    sent = make.send(incident, "initial", by_dana, now)
    accepted(sent, now)
    assert sent.message is not None
    ben = sent.message.deliveries.filter(contact__name="Ben")
    ben.update(state=DeliveryState.SUPPRESSED, state_reason=CHOSE_NOTHING)
    page = signed_in(dana).get(reverse("admin:customers_customer_change", args=[acme.pk])).content.decode()
    assert "1 of 2 contacts, 1 not needed: own choice or replaced" in page
    assert "not reached" not in page


def test_another_customer_does_not_see_their_messages(
    signed_in: SignIn, dana: User, incident: Incident, by_dana: Actor, now: datetime
) -> None:
    globex = make.customer("Globex", make.service("Search"))
    make.send(incident, "initial", by_dana, now)

    page = signed_in(dana).get(page_of(globex)).content.decode()

    assert "They never had a message" in page
    assert incident.reference not in page


@pytest.mark.parametrize(
    ("seconds_after_due", "kept", "missed"),
    [(-60, 1, 0), (0, 1, 0), (60, 1, 0), (61, 0, 1)],
)
def test_a_promise_is_kept_to_them_when_their_mail_system_took_the_update_by_60_seconds_past_due(
    acme: Customer,
    incident: Incident,
    by_dana: Actor,
    now: datetime,
    seconds_after_due: int,
    kept: int,
    missed: int,
) -> None:
    accepted(make.send(incident, "initial", by_dana, now, minutes=30), now)
    due = now + timedelta(minutes=30)
    update = make.send(incident, "progress", by_dana, due - timedelta(minutes=2), minutes=30)
    accepted(update, due + timedelta(seconds=seconds_after_due))

    promises = story(acme, due + timedelta(minutes=5))["promises"]

    assert Promise.objects.get(made_by__number=1).outcome == Outcome.KEPT
    assert (promises["kept"], promises["missed"], promises["open"]) == (kept, missed, 1)


def test_an_update_that_bounced_for_them_kept_no_promise_to_them(
    acme: Customer, incident: Incident, by_dana: Actor, now: datetime
) -> None:
    accepted(make.send(incident, "initial", by_dana, now, minutes=30), now)
    at = now + timedelta(minutes=20)
    accepted(make.send(incident, "progress", by_dana, at, minutes=30), at, DeliveryState.BOUNCED)

    promises = story(acme, now + timedelta(minutes=40))["promises"]

    assert (promises["kept"], promises["missed"]) == (0, 1)


def test_a_promise_to_somebody_who_never_heard_it_does_not_count(
    acme: Customer, incident: Incident, by_dana: Actor, now: datetime
) -> None:
    accepted(make.send(incident, "initial", by_dana, now, minutes=30), now, DeliveryState.BOUNCED)

    assert story(acme, now + timedelta(hours=2))["promises"]["settled"] == 0


def test_support_takes_an_address_back_with_a_reason(
    signed_in: SignIn, dana: User, acme: Customer, now: datetime
) -> None:
    ana = acme.contacts.get()
    row = Suppression.objects.create(channel="email", address=ana.email, reason="550 5.1.1 unknown", at=now)
    client = signed_in(dana)
    url = reverse("admin:reinstate", args=[acme.pk, row.pk])
    assert "550 5.1.1 unknown" in client.get(page_of(acme)).content.decode()

    assert client.get(url).status_code == 200
    row.refresh_from_db()
    assert row.lifted_at is None

    answer = client.post(url, {"reason": "The mailbox was full, they say."}, follow=True)

    assert "The address is written to again" in answer.content.decode()
    assert "550 5.1.1 unknown" not in answer.content.decode()
    row.refresh_from_db()
    assert row.lifted_by_name == "Dana Reyes"
    entry = AuditEntry.objects.get(action="suppression.lifted")
    assert entry.data == {"reason": "The mailbox was full, they say."}


def test_nobody_else_takes_an_address_back(signed_in: SignIn, cleo: User, acme: Customer, now: datetime) -> None:
    ana = acme.contacts.get()
    row = Suppression.objects.create(channel="email", address=ana.email, reason="bounced", at=now)
    url = reverse("admin:reinstate", args=[acme.pk, row.pk])

    answer = signed_in(cleo).post(url, {"reason": "Please."})

    assert answer.status_code == 403
    assert "This takes Support." in answer.content.decode()
    assert "Reinstate" not in signed_in(cleo).get(page_of(acme)).content.decode()
    row.refresh_from_db()
    assert row.lifted_at is None


def test_the_reason_names_no_address(signed_in: SignIn, dana: User, acme: Customer, now: datetime) -> None:
    row = Suppression.objects.create(channel="email", address=acme.contacts.get().email, reason="bounced", at=now)

    answer = signed_in(dana).post(
        reverse("admin:reinstate", args=[acme.pk, row.pk]), {"reason": "ask ana@acme.example"}
    )

    assert answer.status_code == 422
    assert "Leave addresses out of the reason" in answer.content.decode()


def test_an_address_of_another_customer_is_not_shown(
    signed_in: SignIn, dana: User, ada: User, acme: Customer, now: datetime
) -> None:
    globex = make.customer("Globex")
    row = Suppression.objects.create(channel="email", address=acme.contacts.get().email, reason="bounced", at=now)

    assert signed_in(dana).get(reverse("admin:reinstate", args=[globex.pk, row.pk])).status_code == 404
    assert signed_in(ada).get(reverse("admin:reinstate", args=[acme.pk, row.pk])).status_code == 403


def test_a_customer_of_hundreds_has_a_short_form_and_the_way_to_all(
    signed_in: SignIn, dana: User, acme: Customer
) -> None:
    Contact.objects.bulk_create(
        Contact(customer=acme, name=f"Person {n:03}", email=f"p{n}@acme.example") for n in range(300)
    )

    client = signed_in(dana)

    assert "All 301 contacts" in client.get(page_of(acme)).content.decode()
    page = client.get(f"{page_of(acme)}?edit").content.decode()

    assert "All 301 are in the list" in page
    assert 'name="contacts-19-name"' in page
    assert 'name="contacts-20-name"' not in page
    assert signed_in(dana).get(f"/admin/customers/contact/?customer__id__exact={acme.pk}").status_code == 200


def test_the_short_form_saves_what_it_shows(signed_in: SignIn, dana: User, acme: Customer) -> None:
    ana = acme.contacts.get()
    form = {
        "name": "Acme",
        "reference": "acme",
        "tier": "business",
        "time_zone": "UTC",
        "language": "en",
        "is_active": "on",
        "contacts-TOTAL_FORMS": 1,
        "contacts-INITIAL_FORMS": 1,
        "contacts-0-id": ana.pk,
        "contacts-0-customer": acme.pk,
        "contacts-0-name": "Anna",
        "contacts-0-email": ana.email,
        "contacts-0-language": "de",
        "contacts-0-time_zone": "Europe/Berlin",
        "contacts-0-wants_email": "on",
        "contacts-0-preference": "all",
        "contacts-0-is_active": "on",
        "subscriptions-TOTAL_FORMS": 1,
        "subscriptions-INITIAL_FORMS": 1,
        "subscriptions-0-id": acme.subscriptions.get().pk,
        "subscriptions-0-customer": acme.pk,
        "subscriptions-0-DELETE": "on",
    }

    answer = signed_in(dana).post(page_of(acme), form)

    assert answer.status_code == 302
    ana.refresh_from_db()
    assert ana.name == "Anna"
    assert not acme.subscriptions.exists()


def test_it_shows_the_calls_made_to_them(
    signed_in: SignIn, dana: User, acme: Customer, incident: Incident, by_dana: Actor, now: datetime
) -> None:
    message = make.send(incident, "initial", by_dana, now).message
    assert message is not None
    record_call(message, acme, result="reached", spoke_with="Otto Ohnesorg", note="Knows.", by=by_dana, now=now)

    page = signed_in(dana).get(page_of(acme)).content.decode()

    assert "Otto Ohnesorg" in page
    assert "Knows." in page


def test_calls_are_never_changed(acme: Customer, incident: Incident, by_dana: Actor, now: datetime) -> None:
    message = make.send(incident, "initial", by_dana, now).message
    assert message is not None
    row = record_call(message, acme, result="no_answer", by=by_dana, now=now)

    with pytest.raises(Exception, match="insert-only"):
        CallRecord.objects.filter(pk=row.pk).update(note="changed")


def test_its_page_asks_as_many_questions_whatever_they_had(
    signed_in: SignIn, dana: User, acme: Customer, incident: Incident, by_dana: Actor, now: datetime
) -> None:
    client = signed_in(dana)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page_of(acme)).status_code == 200
        return len(captured)

    accepted(make.send(incident, "initial", by_dana, now), now)
    queries()
    few = queries()
    for number in range(1, 5):
        at = now + timedelta(minutes=20 * number)
        accepted(make.send(incident, "progress", by_dana, at), at)
        make.contact(acme, f"More {number}")
        make.customer("Acme", make.service(f"Service {number}"))

    assert queries() == few
    assert few <= 15
