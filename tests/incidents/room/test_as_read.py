"""Before anything is sent: the words as readers get them, with any customer's eyes, and to oneself as a test."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from customers.models import Contact, Delivery, Message
from incidents.drafts import save_draft, start_draft
from incidents.models import Draft, Incident
from incidents.test_sends import MOST
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
BERLIN = {"language": "de", "time_zone": "Europe/Berlin"}


@pytest.fixture
def incident(by_ivo: Actor) -> Incident:
    """On Payments API, which Acme uses: Pat reads German, Kim English. Globex uses something else."""
    acme = make.customer("Acme", make.service())
    make.contact(acme, "Pat", **BERLIN)
    make.contact(acme, "Kim")
    make.contact(make.customer("Globex", make.service("Reports")), "Robin")
    return make.incident(by_ivo, clock.now(), title="Cards are refused")


@pytest.fixture
def draft(incident: Incident, by_dana: Actor) -> Draft:
    """What was kept so far."""
    made = start_draft(incident, kind="initial", by=by_dana, now=clock.now())
    return save_draft(made, version=1, by=by_dana, now=clock.now(), subject="Cards fail", body=f"Kept. {make.BODY}")


def typed(draft: Draft, **other: str) -> dict[str, str]:
    """What the browser posts."""
    form = {"kind": draft.kind, "status": "investigating", "subject": "Cards fail", "body": f"Typed. {make.BODY}"}
    return {**form, "preset": "30", "version": str(draft.version), "key": "k", **other}


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("html", "Typed. Payments fail"),
        ("text", "NEXT UPDATE BY"),
        ("sms", "GSM-7, "),
        ("page", "What it means for Sample Ltd"),
    ],
)
def test_the_words_as_typed_are_shown_each_way_and_not_saved(
    signed_in: SignIn, dana: User, draft: Draft, way: str, words: str, settings: Settings
) -> None:
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC1", "secret"
    settings.TWILIO_FROM = "+15550100"
    url = reverse("admin:compose_preview", args=[draft.incident_id])
    answer = signed_in(dana).post(url, typed(draft, way=way))
    page = answer.content.decode()
    assert words in page
    assert "Kept." not in page
    assert "<script" not in page
    assert "sandbox" in answer["Content-Security-Policy"]
    draft.refresh_from_db()
    assert draft.version == 2
    assert draft.body.startswith("Kept.")


def test_each_language_that_will_be_sent_can_be_seen(signed_in: SignIn, dana: User, draft: Draft) -> None:
    client = signed_in(dana)
    page = client.get(reverse("admin:compose", args=[draft.incident_id])).content.decode()
    assert 'name="read_in" value="de"' in page
    assert 'name="read_in" value="fr"' not in page
    assert "no words of its own" in page

    german = {"subject_de": "Karten gehen nicht", "body_de": "Kartenzahlungen schlagen seit 14:00 Uhr fehl."}
    url = reverse("admin:compose_preview", args=[draft.incident_id])
    shown = client.post(url, typed(draft, way="html", read_in="de", **german)).content.decode()
    assert "Karten gehen nicht" in shown
    assert "Nächste" in shown
    assert "Typed." not in shown


def test_what_cannot_be_read_says_so_in_place_of_the_message(signed_in: SignIn, dana: User, draft: Draft) -> None:
    url = reverse("admin:compose_preview", args=[draft.incident_id])
    shown = signed_in(dana).post(url, typed(draft, preset="soon")).content.decode()
    assert "Mend the fields that are marked" in shown


def test_the_compose_page_stays_within_its_reads(
    signed_in: SignIn, dana: User, draft: Draft, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(dana)
    url = reverse("admin:compose", args=[draft.incident_id])
    client.get(url)
    with django_assert_max_num_queries(25):
        client.get(url)


def as_customer(client: Client, incident: Incident, contact: Contact, what: str, way: str) -> str:
    """The framed document."""
    url = reverse("admin:as_customer_shown", args=[incident.pk, contact.customer_id])
    return client.get(url, {"contact": str(contact.pk), "what": what, "way": way}).content.decode()


def test_the_draft_is_seen_with_a_readers_eyes(signed_in: SignIn, cleo: User, draft: Draft) -> None:
    client, incident, pat = signed_in(cleo), draft.incident, Contact.objects.get(name="Pat")
    found = client.get(reverse("admin:as_customer_search", args=[incident.pk]), {"q": "acme"}, follow=True)
    assert "What Acme sees" in found.content.decode()
    assert "gets it: uses Payments API" in found.content.decode()

    shown = as_customer(client, incident, pat, "draft", "html")
    assert "Für Pat bei Acme" in shown
    assert "CE" in shown  # CET or CEST
    assert "Was es für Acme bedeutet" in as_customer(client, incident, pat, "draft", "page")


def test_a_message_that_went_out_is_seen_as_it_was_and_nobody_is_taken_for_the_reader(
    signed_in: SignIn, cleo: User, draft: Draft, by_dana: Actor, incident: Incident
) -> None:
    make.send(incident, "initial", by_dana, clock.now(), body=f"Kept. {make.BODY}")
    Delivery.objects.update(state="sent")
    entries, kim = AuditEntry.objects.count(), Contact.objects.get(name="Kim")
    before = list(Delivery.objects.order_by("pk").values())
    client = signed_in(cleo)

    mailed = as_customer(client, incident, kim, "1", "html")
    page = as_customer(client, incident, kim, "1", "page")

    assert "For Kim at Acme" in mailed
    assert "[[" not in mailed
    assert "Kept. Payments fail" in page
    for text in (mailed, page):
        assert "/p/" not in text
        assert "/c/" not in text
    assert list(Delivery.objects.order_by("pk").values()) == before
    assert AuditEntry.objects.count() == entries


def test_who_is_not_affected_is_shown_to_get_nothing(signed_in: SignIn, dana: User, draft: Draft) -> None:
    robin = Contact.objects.get(name="Robin")
    shown = as_customer(signed_in(dana), draft.incident, robin, "draft", "html")
    assert "does not go to Robin" in shown
    assert "Cards fail" not in shown


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]


@pytest.fixture
def outbox(settings: Settings) -> list[mail.EmailMessage]:
    """What leaves by the customers' mail server."""
    settings.CUSTOMER_MAIL_URL = "backend+django.core.mail.backends.locmem.EmailBackend://"
    return mail.outbox


def press_test(client: Client, draft: Draft, **other: str) -> str:
    """Press "Send me a test"; the page that follows."""
    draft.refresh_from_db()
    url = reverse("admin:compose", args=[draft.incident_id])
    return client.post(url, typed(draft, action="test", **other), follow=True).content.decode()


def test_a_test_is_the_very_mail_to_oneself_and_stands_in_no_ledger(
    signed_in: SignIn, dana: User, draft: Draft, outbox: list[mail.EmailMessage]
) -> None:
    page = press_test(signed_in(dana), draft, read_in="de", to="pat@acme.example", address="pat@acme.example")

    assert "A test is on its way to dana@vendor.example" in page
    (sent,) = outbox
    assert [parseaddr(one)[1] for one in sent.recipients()] == ["dana@vendor.example"]
    assert sent.subject.startswith("[TEST] ")
    assert "Cards are refused (INC-" in sent.subject
    assert "NÄCHSTE" in sent.body
    assert "Typed. Payments fail" in sent.body
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()
    assert AuditEntry.objects.filter(action="draft.tested", actor_name="Dana Reyes").count() == 1


def test_a_test_works_in_a_drill(signed_in: SignIn, dana: User, by_ivo: Actor, outbox: list[mail.EmailMessage]) -> None:
    drill = make.incident(by_ivo, clock.now(), title="Cards are refused", is_drill=True)
    draft = start_draft(drill, kind="initial", by=Actor.person(dana), now=clock.now())
    press_test(signed_in(dana), draft)
    (sent,) = outbox
    assert [parseaddr(one)[1] for one in sent.recipients()] == ["dana@vendor.example"]
    assert sent.subject.startswith("[TEST] DRILL ")
    assert "List-Unsubscribe" not in sent.extra_headers


def test_tests_are_limited_and_what_was_typed_stays(
    signed_in: SignIn, dana: User, draft: Draft, outbox: list[mail.EmailMessage]
) -> None:
    client = signed_in(dana)
    for _ in range(MOST):
        press_test(client, draft)
    page = press_test(client, draft, body=f"Not lost. {make.BODY}")
    assert "the next one can go at" in page
    assert "Not lost." in page
    assert len(outbox) == MOST


def test_only_who_may_write_may_test(
    signed_in: SignIn, cleo: User, draft: Draft, outbox: list[mail.EmailMessage]
) -> None:
    answer = signed_in(cleo).post(reverse("admin:compose", args=[draft.incident_id]), typed(draft, action="test"))
    assert answer.status_code == 403
    assert outbox == []


def test_a_mail_server_that_refuses_is_told_in_words(
    signed_in: SignIn, dana: User, draft: Draft, settings: Settings
) -> None:
    settings.CUSTOMER_MAIL_URL = "smtp://127.0.0.1:9?timeout=2"
    page = press_test(signed_in(dana), draft)
    assert "was not taken by the mail server" in page
    assert "Nothing went to customers" in page
