"""The call list: whom nobody could reach, what to say to them, and what was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from customers.delivery.consent import CHOSE_NOTHING, CHOSE_START_AND_END
from customers.models import CallRecord, Contact, Customer, DeliveryState, Message, MessageState, UnreachedCustomer
from incidents.calls import to_call
from incidents.models import Incident, TimelineEntry, Update
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def acme() -> Customer:
    """Acme uses Payments API; Ana has a telephone, Ben has none."""
    row = make.customer("Acme", make.service())
    make.contact(row, "Ana", phone="+4930231250000")
    make.contact(row, "Ben")
    return row


@pytest.fixture
def globex() -> Customer:
    """Globex uses it too; Gus gets everything."""
    row = make.customer("Globex", make.service())
    make.contact(row, "Gus")
    return row


@pytest.fixture
def incident(acme: Customer, globex: Customer, by_ivo: Actor) -> Incident:
    return make.incident(by_ivo, clock.now() - timedelta(hours=1))


@pytest.fixture
def update(incident: Incident, by_dana: Actor) -> Update:
    """The first alert, sent half an hour ago; everybody's mail system took it."""
    row = make.send(incident, "initial", by_dana, clock.now() - timedelta(minutes=25))
    message_of(row).deliveries.update(state=DeliveryState.SENT)
    return row


def message_of(update: Update) -> Message:
    assert update.message is not None
    return update.message


def fail(update: Update, name: str, state: str = DeliveryState.BOUNCED, why: str = "550 5.1.1 User unknown") -> None:
    message_of(update).deliveries.filter(contact__name=name).update(state=state, state_reason=why)


def list_of(incident: Incident) -> str:
    return reverse("admin:call_list", args=[incident.pk])


def form_of(incident: Incident, customer: Customer) -> str:
    return reverse("admin:call", args=[incident.pk, customer.pk])


def test_a_customer_of_whom_somebody_was_reached_is_not_called(incident: Incident, update: Update) -> None:
    fail(update, "Ana")

    assert to_call(incident) == {}


def test_a_customer_of_whom_nobody_was_reached_is_called(incident: Incident, update: Update, acme: Customer) -> None:
    fail(update, "Ana")
    fail(update, "Ben", DeliveryState.SUPPRESSED, "The address is not written to any more: bounced")

    assert to_call(incident) == {acme.pk: update.message_id}


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.SENDING])
def test_nobody_is_called_while_a_message_is_on_its_way(incident: Incident, update: Update, state: str) -> None:
    fail(update, "Ana")
    fail(update, "Ben", state)

    assert to_call(incident) == {}


def test_a_contact_without_an_address_is_called(incident: Incident, by_dana: Actor) -> None:
    hooli = make.customer("Hooli", make.service())
    make.contact(hooli, "Hank", email="", phone="+14155550123")
    sent = make.send(incident, "initial", by_dana, clock.now())
    message_of(sent).deliveries.update(state=DeliveryState.SENT)

    assert to_call(incident) == {hooli.pk: sent.message_id}


def test_whoever_chose_start_and_end_is_not_called_about_what_lies_between(incident: Incident, update: Update) -> None:
    fail(update, "Gus", DeliveryState.SUPPRESSED, CHOSE_START_AND_END)

    assert to_call(incident) == {}


def test_a_customer_whose_only_contact_chose_nothing_is_called(
    incident: Incident, update: Update, globex: Customer
) -> None:
    fail(update, "Gus", DeliveryState.SUPPRESSED, CHOSE_NOTHING)

    assert list(to_call(incident)) == [globex.pk]


def test_an_update_that_gets_through_takes_them_off_the_list(
    incident: Incident, update: Update, by_dana: Actor
) -> None:
    fail(update, "Gus")
    later = make.send(incident, "progress", by_dana, clock.now())
    assert to_call(incident) == {}  # on its way

    message_of(later).deliveries.update(state=DeliveryState.SENT)

    assert to_call(incident) == {}


def test_a_stopped_message_makes_no_calls(incident: Incident, update: Update) -> None:
    fail(update, "Gus", DeliveryState.SUPPRESSED, "Stopped by Dana Reyes before it was sent.")
    Message.objects.update(state=MessageState.STOPPED)

    assert to_call(incident) == {}


def test_a_drill_makes_no_calls(signed_in: SignIn, dana: User, acme: Customer, by_ivo: Actor, by_dana: Actor) -> None:
    drill = make.incident(by_ivo, clock.now(), is_drill=True)
    sent = make.send(drill, "initial", by_dana, clock.now())
    message_of(sent).deliveries.update(state=DeliveryState.BOUNCED)

    assert to_call(drill) == {}
    answer = signed_in(dana).post(form_of(drill, acme), {"result": "reached", "spoke_with": "Ana"})
    assert answer.status_code == 409
    assert "nobody to call" in answer.content.decode()
    assert not CallRecord.objects.exists()


def test_the_room_and_the_list_show_whom_to_call_and_what_to_say(
    signed_in: SignIn, dana: User, incident: Incident, update: Update
) -> None:
    fail(update, "Ana")
    fail(update, "Ben")
    client = signed_in(dana)

    room = client.get(reverse("admin:incidents_incident_change", args=[incident.pk])).content.decode()
    page = client.get(list_of(incident)).content.decode()

    assert "To be called" in room
    assert list_of(incident) in room
    assert 'href="tel:+4930231250000"' in page
    assert "550 5.1.1 User unknown" in page
    assert make.BODY in page
    assert "Next update by" in page
    assert "Globex" not in page


def test_a_call_that_reached_somebody_leaves_the_list_and_stands_in_the_record(
    signed_in: SignIn, dana: User, incident: Incident, update: Update, acme: Customer
) -> None:
    fail(update, "Ana")
    fail(update, "Ben")
    ana = Contact.objects.get(name="Ana")
    client = signed_in(dana)

    told = {"result": "reached", "contact": ana.pk, "note": "Asks for the report."}
    page = client.post(form_of(incident, acme), told, follow=True).content.decode()

    assert "Nobody to call" in page
    assert "Asks for the report." in page
    row = CallRecord.objects.get()
    assert (row.contact, row.customer, row.message_id, row.made_by_name) == (
        ana,
        acme,
        update.message_id,
        "Dana Reyes",
    )
    entry = TimelineEntry.objects.latest("pk")
    assert (entry.incident, entry.text) == (incident, "Acme was told by phone: Asks for the report.")
    audited = AuditEntry.objects.get(action="customer.called")
    assert audited.data == {"customer": acme.pk, "contact": ana.pk, "result": "reached"}
    assert audited.incident == incident.reference


def test_nobody_answered_keeps_them_on_the_list(
    signed_in: SignIn, cleo: User, incident: Incident, update: Update, globex: Customer
) -> None:
    fail(update, "Gus")

    page = signed_in(cleo).post(form_of(incident, globex), {"result": "no_answer"}, follow=True).content.decode()

    assert "1 call so far" in page
    assert list(to_call(incident)) == [globex.pk]


def test_the_next_update_that_fails_puts_them_on_the_list_again(
    signed_in: SignIn, dana: User, incident: Incident, update: Update, by_dana: Actor, globex: Customer
) -> None:
    fail(update, "Gus")
    signed_in(dana).post(form_of(incident, globex), {"result": "message_left", "spoke_with": "Reception"})
    assert to_call(incident) == {}

    later = make.send(incident, "progress", by_dana, clock.now())
    message_of(later).deliveries.update(state=DeliveryState.SENT)
    fail(later, "Gus")

    assert to_call(incident) == {globex.pk: later.message_id}


@pytest.mark.parametrize(
    ("posted", "says"),
    [
        ({"result": "reached"}, "Say who it was"),
        ({"result": "", "spoke_with": "Gus"}, "This field is required"),
        ({"result": "shouted", "spoke_with": "Gus"}, "Select a valid choice"),
        ({"result": "reached", "contact": "0", "spoke_with": "Typed name"}, "Select a valid choice"),
    ],
)
def test_a_half_filled_form_is_refused_and_keeps_what_was_typed(
    signed_in: SignIn,
    dana: User,
    incident: Incident,
    update: Update,
    globex: Customer,
    posted: dict[str, str],
    says: str,
) -> None:
    answer = signed_in(dana).post(form_of(incident, globex), {**posted, "note": "They know."})

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "They know." in answer.content.decode()
    assert not CallRecord.objects.exists()


def test_a_contact_of_another_customer_cannot_be_named(
    signed_in: SignIn, dana: User, incident: Incident, update: Update, globex: Customer
) -> None:
    ana = Contact.objects.get(name="Ana")

    answer = signed_in(dana).post(form_of(incident, globex), {"result": "reached", "contact": ana.pk})

    assert answer.status_code == 422
    assert not CallRecord.objects.exists()


def test_operations_may_look_but_not_record(
    signed_in: SignIn, ivo: User, incident: Incident, update: Update, globex: Customer
) -> None:
    fail(update, "Gus")
    client = signed_in(ivo)

    page = client.get(list_of(incident)).content.decode()
    answer = client.post(form_of(incident, globex), {"result": "reached", "spoke_with": "Gus"})

    assert "This takes Support or Customer success." in page
    assert "Record the call" not in page
    assert answer.status_code == 403
    assert "This takes Support or Customer success." in answer.content.decode()
    assert not CallRecord.objects.exists()


def test_administrators_do_not_see_the_list(signed_in: SignIn, ada: User, incident: Incident) -> None:
    assert signed_in(ada).get(list_of(incident)).status_code == 403


def test_the_list_asks_as_many_questions_for_many(
    signed_in: SignIn, dana: User, incident: Incident, by_dana: Actor
) -> None:
    client = signed_in(dana)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(list_of(incident)).status_code == 200
        return len(captured)

    first = make.send(incident, "initial", by_dana, clock.now() - timedelta(minutes=25))
    message_of(first).deliveries.update(state=DeliveryState.BOUNCED)
    queries()
    few = queries()
    for number in range(30):
        make.contact(make.customer(f"Customer {number:02}", make.service()), "Pat")
    second = make.send(incident, "progress", by_dana, clock.now())
    message_of(second).deliveries.update(state=DeliveryState.BOUNCED)

    assert len(to_call(incident)) == 32
    assert "1 of 2" in client.get(list_of(incident)).content.decode()
    assert queries() <= few + 1
    assert few <= 20


def test_a_customer_with_nobody_to_write_to_is_called_about_each_message(
    signed_in: SignIn, dana: User, incident: Incident, by_dana: Actor, by_ivo: Actor
) -> None:
    hooli = make.customer("Hooli", make.service())
    make.contact(hooli, "Hank", is_active=False)
    first = make.send(incident, "initial", by_dana, clock.now() - timedelta(minutes=20))
    message_of(first).deliveries.update(state=DeliveryState.SENT)
    assert to_call(incident) == {hooli.pk: first.message_id}
    client = signed_in(dana)

    room = client.get(reverse("admin:incidents_incident_change", args=[incident.pk])).content.decode()
    page = client.get(list_of(incident)).content.decode()
    client.post(form_of(incident, hooli), {"result": "reached", "spoke_with": "Reception"})

    assert "To be called" in room
    assert "Hooli" in room
    assert "No active contact. Ask whoever looks after the account." in page
    assert CallRecord.objects.get().customer == hooli
    assert TimelineEntry.objects.latest("pk").text == "Hooli was told by phone."
    assert to_call(incident) == {}

    incident.affected.update(until=clock.now())  # no longer in scope, and still told until the end
    incident.affected.create(service=make.service("Search"), since=clock.now())
    second = make.send(incident, "progress", by_dana, clock.now())
    message_of(second).deliveries.update(state=DeliveryState.SENT)
    assert to_call(incident) == {hooli.pk: second.message_id}


def test_a_customer_without_contacts_is_not_called_in_a_drill_nor_when_it_is_no_longer_served(
    acme: Customer, by_ivo: Actor, by_dana: Actor
) -> None:
    hooli = make.customer("Hooli", make.service())
    drill = make.incident(by_ivo, clock.now(), is_drill=True)
    make.send(drill, "initial", by_dana, clock.now())
    assert not UnreachedCustomer.objects.exists()
    real = make.incident(by_ivo, clock.now())
    sent = make.send(real, "initial", by_dana, clock.now())
    message_of(sent).deliveries.update(state=DeliveryState.SENT)
    assert list(to_call(real)) == [hooli.pk]

    Customer.objects.filter(pk=hooli.pk).update(is_active=False)

    assert to_call(real) == {}
