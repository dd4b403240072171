"""The deliveries page of a message: what became of it, and what Support can do about it."""

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
from crisisdesk.core.models import User
from customers.delivery import ledger
from customers.delivery.consent import CHOSE_NOTHING, CHOSE_START_AND_END
from customers.delivery.ledger import failures
from customers.models import Contact, Delivery, DeliveryEvent, DeliveryState, Message, MessageState
from incidents.models import TimelineEntry, Update
from incidents.room.deliveries_facts import ROWS
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def update(by_ivo: Actor, by_dana: Actor) -> Update:
    """The first alert to Ana and Ben at Acme and Gus at Globex, being sent."""
    acme, globex = make.customer("Acme", make.service()), make.customer("Globex", make.service())
    make.contact(acme, "Ana", phone="+4930231250000")
    make.contact(acme, "Ben")
    make.contact(globex, "Gus")
    incident = make.incident(by_ivo, clock.now() - timedelta(minutes=10))
    return make.send(incident, "initial", by_dana, clock.now())


def message_of(update: Update) -> Message:
    assert update.message is not None
    update.message.refresh_from_db()
    return update.message


def becomes(update: Update, name: str, state: str, why: str = "") -> Delivery:
    row = message_of(update).deliveries.get(contact__name=name)
    row.state, row.state_reason = state, why
    row.save(update_fields=["state", "state_reason"])
    return row


def page_of(update: Update, query: str = "") -> str:
    return reverse("admin:deliveries", args=[update.pk]) + query


def act_of(update: Update, name: str) -> str:
    return reverse("admin:deliveries_act", args=[update.pk, name])


def test_what_failed_comes_first_with_its_reason_and_the_number_to_call(
    signed_in: SignIn, dana: User, update: Update
) -> None:
    becomes(update, "Ana", DeliveryState.BOUNCED, "The address does not exist: 550 5.1.1 User unknown")
    becomes(update, "Ben", DeliveryState.SENT)

    page = signed_in(dana).get(page_of(update)).content.decode()

    assert "1 of 3" in page
    assert "The address does not exist: 550 5.1.1 User unknown" in page
    assert 'href="tel:+4930231250000"' in page
    assert reverse("admin:customers_customer_change", args=[Contact.objects.get(name="Ana").customer_id]) in page
    assert ">Ben<" not in page
    assert "Try the 1 failed again" in page


def test_the_filters_show_each_group(signed_in: SignIn, dana: User, update: Update) -> None:
    becomes(update, "Ana", DeliveryState.BOUNCED)
    becomes(update, "Ben", DeliveryState.SENT)
    client = signed_in(dana)

    def shown(group: str) -> list[str]:
        page = client.get(page_of(update, f"?show={group}")).content.decode()
        return [name for name in ("Ana", "Ben", "Gus") if f">{name}</a>" in page]

    assert shown("trouble") == ["Ana"]
    assert shown("done") == ["Ben"]
    assert shown("waiting") == ["Gus"]
    assert shown("all") == ["Ana", "Ben", "Gus"]
    assert shown("nonsense") == ["Ana"]


def test_a_choice_is_no_failure(signed_in: SignIn, dana: User, update: Update) -> None:
    becomes(update, "Ana", DeliveryState.SUPPRESSED, CHOSE_START_AND_END)

    page = signed_in(dana).get(page_of(update, "?show=chosen")).content.decode()

    assert "their choice" in page
    assert '<strong class="num">1</strong> not needed' in page
    assert "not reached</span>" not in page


def test_the_room_counts_a_choice_apart_from_failures(signed_in: SignIn, dana: User, update: Update) -> None:
    becomes(update, "Ana", DeliveryState.SUPPRESSED, CHOSE_START_AND_END)
    becomes(update, "Ben", DeliveryState.SUPPRESSED, CHOSE_NOTHING)
    becomes(update, "Gus", DeliveryState.SENT)
    client, room = signed_in(dana), reverse("admin:incidents_incident_change", args=[update.incident_id])

    page = client.get(room).content.decode()

    assert "2 contacts did not need it" in page
    assert "not reached" not in page
    assert "1 of 1" in page
    becomes(update, "Gus", DeliveryState.SUPPRESSED, "The address is not written to any more: 550 5.1.1 unknown")
    page = client.get(room).content.decode()
    assert "1 contact not reached" in page
    assert "2 contacts did not need it" in page
    assert [row.contact.name for row in failures(message_of(update))] == ["Gus"]


def test_a_contact_without_an_address_is_listed_with_the_failures(
    signed_in: SignIn, dana: User, by_ivo: Actor, by_dana: Actor
) -> None:
    make.contact(make.customer("Acme", make.service()), "Ana")
    make.contact(make.customer("Hooli", make.service()), "Hank", email="", phone="+14155550123")
    sent = make.send(make.incident(by_ivo, clock.now()), "initial", by_dana, clock.now())

    page = signed_in(dana).get(page_of(sent, "?show=trouble")).content.decode()

    assert "no way to write" in page
    assert "no e-mail address" in page
    assert 'href="tel:+14155550123"' in page


def test_support_pauses_and_resumes_and_it_stands_in_the_timeline(
    signed_in: SignIn, dana: User, update: Update
) -> None:
    client = signed_in(dana)

    page = client.post(act_of(update, "pause"), follow=True).content.decode()

    assert message_of(update).state == MessageState.PAUSED
    assert "Paused by Dana Reyes." in page
    assert "Resume" in page
    client.post(act_of(update, "resume"))
    assert message_of(update).state == MessageState.SENDING
    told = list(TimelineEntry.objects.order_by("-pk").values_list("text", flat=True)[:2])
    assert [text.split(":")[0] for text in told] == ["Sending resumed", "Sending paused"]


def test_stop_asks_once_and_acts_on_post_only(signed_in: SignIn, dana: User, update: Update) -> None:
    client = signed_in(dana)
    becomes(update, "Ben", DeliveryState.SENT)

    question = client.get(act_of(update, "stop")).content.decode()

    assert "2 contacts will never get this message" in question
    assert message_of(update).state == MessageState.SENDING
    client.post(act_of(update, "stop"))
    assert message_of(update).state == MessageState.STOPPED
    assert message_of(update).deliveries.filter(state=DeliveryState.SUPPRESSED).count() == 2


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_nothing_acts_on_get(signed_in: SignIn, dana: User, update: Update, name: str) -> None:
    assert signed_in(dana).get(act_of(update, name)).status_code == 405
    assert message_of(update).state == MessageState.SENDING


def test_support_tries_again_what_failed(signed_in: SignIn, dana: User, update: Update) -> None:
    row = becomes(update, "Ana", DeliveryState.REJECTED, "The mailbox takes no mail")
    client = signed_in(dana)

    assert "1 contact did not get this message" in client.get(act_of(update, "retry")).content.decode()
    row.refresh_from_db()
    assert row.state == DeliveryState.REJECTED
    page = client.post(act_of(update, "retry"), follow=True).content.decode()

    assert "1 delivery queued again" in page
    row.refresh_from_db()
    assert row.state == DeliveryState.QUEUED


def test_what_nobody_can_say_is_tried_again_only_deliberately(signed_in: SignIn, dana: User, update: Update) -> None:
    row = becomes(update, "Ana", DeliveryState.UNCONFIRMED)
    client = signed_in(dana)

    assert client.post(act_of(update, "retry")).status_code == 409
    assert "Of 1 contact nobody can say" in client.get(act_of(update, "retry-unconfirmed")).content.decode()
    client.post(act_of(update, "retry-unconfirmed"))

    row.refresh_from_db()
    assert row.state == DeliveryState.QUEUED


def test_a_refusal_is_shown_where_it_was_pressed(signed_in: SignIn, dana: User, update: Update) -> None:
    answer = signed_in(dana).post(act_of(update, "resume"))

    assert answer.status_code == 409
    assert "only a paused one can be resumed" in answer.content.decode()


def test_the_others_see_why_they_cannot(signed_in: SignIn, ivo: User, cleo: User, update: Update) -> None:
    for person in (ivo, cleo):
        page = signed_in(person).get(page_of(update)).content.decode()
        assert "may not pause, resume, stop and retry deliveries. This takes Support." in page
        assert f'action="{act_of(update, "pause")}"' not in page
        answer = signed_in(person).post(act_of(update, "stop"))
        assert answer.status_code == 403
        assert "This takes Support." in answer.content.decode()
    assert message_of(update).state == MessageState.SENDING
    assert not TimelineEntry.objects.filter(text__startswith="Sending").exists()


def test_administrators_and_strangers_see_nothing(signed_in: SignIn, ada: User, otto: User, update: Update) -> None:
    delivery = reverse("admin:delivery", args=[Delivery.objects.earliest("pk").pk])
    for page in (page_of(update), delivery, act_of(update, "stop")):
        assert signed_in(ada).get(page).status_code == 403
        assert signed_in(otto).get(page).status_code == 302


def test_one_delivery_shows_everything_that_happened_to_it(signed_in: SignIn, dana: User, update: Update) -> None:
    row = becomes(update, "Ana", DeliveryState.SENT)
    now = clock.now()
    for attempt, (state, code, text, repeat) in enumerate(
        [
            (DeliveryState.DEFERRED, "451 4.7.1", "Not taken yet: greylisted", False),
            (DeliveryState.SENT, "250", "", False),
            (DeliveryState.SENT, "250", "", True),
        ],
        start=1,
    ):
        DeliveryEvent.objects.create(
            delivery=row, at=now, state=state, attempt=attempt, code=code, text=text, is_repeat=repeat
        )

    page = signed_in(dana).get(reverse("admin:delivery", args=[row.pk])).content.decode()

    assert "Not taken yet: greylisted" in page
    assert "451 4.7.1" in page
    assert "a second copy was accepted" in page
    assert make.BODY[:40] in page
    assert "[[" not in page
    assert "1 reader may have got a second copy" in signed_in(dana).get(page_of(update)).content.decode()


def test_thousands_of_readers_are_paged_without_a_gap(signed_in: SignIn, dana: User, update: Update) -> None:
    message = message_of(update)
    like = message.deliveries.earliest("pk")
    acme = like.contact.customer
    contacts = Contact.objects.bulk_create(
        Contact(customer=acme, name=f"R{n:04}", email=f"r{n}@acme.example") for n in range(2 * ROWS)
    )
    Delivery.objects.bulk_create(
        Delivery(
            message=message,
            contact=contact,
            channel=like.channel,
            address=contact.email,
            content=like.content,
            reason=like.reason,
            state=DeliveryState.BOUNCED if contact.pk % 2 else DeliveryState.QUEUED,
            mail_id=f"<{contact.pk}@x>",
            next_attempt_at=like.next_attempt_at,
            give_up_at=like.give_up_at,
        )
        for contact in contacts
    )
    client = signed_in(dana)

    seen: list[int] = []
    query = "?show=all"
    while query:
        context = client.get(page_of(update, query)).context
        seen += [int(row["url"].rstrip("/").rpartition("/")[2]) for row in context["rows"]]
        query = context["next_url"]

    assert len(seen) == len(set(seen)) == 2 * ROWS + 3
    with CaptureQueriesContext(connection) as captured:
        client.get(page_of(update))
    assert len(captured) <= 15
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("admin:deliveries_live", args=[update.pk]))
    assert len(captured) <= 15


def test_a_broken_page_key_starts_at_the_beginning(signed_in: SignIn, dana: User, update: Update) -> None:
    for key in ("x", "1", "1-x", "-", "9" * 25 + "-1", "²-1"):
        answer = signed_in(dana).get(page_of(update) + f"?show=all&after={key}")
        assert answer.status_code == 200
        assert len(answer.context["rows"]) == 3


def test_it_says_how_fast_it_goes_and_how_long_it_takes(
    signed_in: SignIn, dana: User, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "RATE_WINDOW", timedelta(hours=1))
    client, now = signed_in(dana), clock.now()
    assert "Nothing has left in the last seconds" in client.get(page_of(update)).content.decode()
    sent = becomes(update, "Ana", DeliveryState.SENT)
    taken = [DeliveryEvent(delivery=sent, at=now, state=DeliveryState.SENT, attempt=1) for _ in range(60)]
    DeliveryEvent.objects.bulk_create(taken)

    assert "1 a minute, about 2 minutes left" in client.get(page_of(update)).content.decode()

    becomes(update, "Ben", DeliveryState.DEFERRED)
    becomes(update, "Gus", DeliveryState.SENT)
    assert "1 a minute, about 1 minute left" in client.get(page_of(update)).content.decode()
    becomes(update, "Ben", DeliveryState.SENT)
    assert "minute left" not in client.get(page_of(update)).content.decode()


def test_the_page_asks_few_questions(signed_in: SignIn, dana: User, update: Update) -> None:
    becomes(update, "Ana", DeliveryState.BOUNCED)
    becomes(update, "Ben", DeliveryState.SUPPRESSED, CHOSE_NOTHING)
    client = signed_in(dana)
    client.get(page_of(update))
    with CaptureQueriesContext(connection) as queries:
        client.get(page_of(update))
    assert len(queries) <= 15, "\n".join(query["sql"][:150] for query in queries)
