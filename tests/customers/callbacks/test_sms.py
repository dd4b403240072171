"""SMS from the queue to the reader's telephone and back: texts, statuses, STOP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import AuditEntry
from crisisdesk.core.transports.segments import count
from customers.delivery import ledger, send
from customers.delivery.compose import queue_message
from customers.delivery.rendered import ReaderClass, Rendered
from customers.delivery.stop_words import STOP_WORDS, Wish, wish_of
from customers.models import Channel, Contact, Message, SendingTrouble, Suppression
from incidents.changes import set_severity
from incidents.places import Place
from incidents.render import Letter, render_letter
from tests.customers.delivery.conftest import Lease, everybody, one_pass
from tests.factories import contact, customer, incident, service
from tests.factories import send as send_kind
from tests.mail_servers import OpenServer
from tests.providers import ACCOUNT, DROP, TOKEN, Provider, twilio

pytestmark = pytest.mark.django_db
PHONE = "+14155550123"
STATUS, ANSWER = "/twilio/status/", "/twilio/answer/"


@pytest.fixture
def phones(desk: Settings) -> Iterator[Provider]:
    """Twilio is set up."""
    with Provider(twilio) as server:
        desk.TWILIO_ACCOUNT_SID, desk.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        desk.TWILIO_FROM, desk.TWILIO_API_URL = "+15005550006", server.url
        yield server


@pytest.fixture
def pat(db: None) -> Contact:
    """Pat at Acme wants both."""
    return contact(customer("Acme"), "Pat", phone=PHONE, wants_sms=True)


def render(reader: ReaderClass) -> Rendered:
    return Rendered("Payments are failing", f"{reader.channel} for [[contact_name]]: [[progress_url]]")


def queue_both(by: Actor, now: datetime, **more: Any) -> Message:
    with transaction.atomic():
        return queue_message(
            **{
                "thread_key": "INC-42",
                "kind": "initial",
                "priority": 10,
                "is_drill": False,
                "recipients": everybody(),
                "render": render,
                "link_purpose": "progress",
                "by": by,
                "now": now,
                "channels": ("email", "sms"),
                **more,
            }
        )


def sms_pass() -> int:
    return send.run_sms_pass(Pass(clock.now(), Lease()))


def post(path: str, form: dict[str, str], *, token: str = TOKEN, query: str = "") -> int:
    form = {"AccountSid": ACCOUNT, **form}
    signature = RequestValidator(token).compute_signature(f"https://desk.example{path}{query}", form)
    headers = {"X-Twilio-Signature": signature}
    return int(Client().post(path + query, form, headers=headers).status_code)


def test_a_contact_who_wants_both_gets_both(
    phones: Provider, pat: Contact, desk: Settings, by_dana: Actor, now: datetime
) -> None:
    contact(customer("Acme"), "Quin")
    with OpenServer() as mail:
        desk.CUSTOMER_MAIL_URL = mail.url
        message = queue_both(by_dana, now)
        assert message.total == 3
        one_pass()
        assert len(mail.received) == 2
        assert ledger.progress(message) == {"queued": 1, "sent": 2}
        sms_pass()
    (taken,) = phones.taken
    assert taken.form["To"] == PHONE
    assert taken.form["Body"].startswith("sms for Pat: https://desk.example/p/")
    row = message.deliveries.get(channel=Channel.SMS)
    assert taken.form["StatusCallback"] == f"https://desk.example/twilio/status/?delivery={row.pk}"
    assert (row.state, row.provider_id) == ("sent", f"SM{1:032x}")
    one_pass()
    message.refresh_from_db()
    assert message.state == "finished"


def test_a_contact_with_a_number_only_is_reached_by_sms(phones: Provider, by_dana: Actor, now: datetime) -> None:
    contact(customer("Acme"), "Tel", email="", phone=PHONE, wants_sms=True)
    contact(customer("Acme"), "Nobody", email="", phone="+14155550124")
    message = queue_both(by_dana, now)
    assert [found.name for found in ledger.unreached(message)] == ["Nobody"]


def test_by_default_and_without_twilio_and_in_a_drill_there_is_no_sms(
    phones: Provider, pat: Contact, desk: Settings, by_dana: Actor, now: datetime
) -> None:
    assert queue_both(by_dana, now, channels=("email",)).total == 1
    drill = queue_both(by_dana, now, is_drill=True)
    assert [row.channel for row in drill.deliveries.all()] == ["email"]
    desk.TWILIO_AUTH_TOKEN = ""
    assert queue_both(by_dana, now).total == 1
    assert sms_pass() == 0


def test_consent_is_looked_at_again_when_it_is_claimed(
    phones: Provider, pat: Contact, by_dana: Actor, now: datetime
) -> None:
    message = queue_both(by_dana, now)
    Contact.objects.update(wants_sms=False)
    sms_pass()
    row = message.deliveries.get(channel=Channel.SMS)
    assert (row.state, row.state_reason) == ("suppressed", "The contact does not want SMS.")
    assert phones.requests == 0


def test_a_lost_answer_is_never_repeated(phones: Provider, pat: Contact, by_dana: Actor, now: datetime) -> None:
    phones.rule = lambda number: DROP
    message = queue_both(by_dana, now)
    for _ in range(3):
        sms_pass()
    assert phones.requests == 1
    assert message.deliveries.get(channel=Channel.SMS).state == "unconfirmed"


def test_a_broken_sms_account_leaves_the_mail_alone(
    phones: Provider, pat: Contact, desk: Settings, by_dana: Actor, now: datetime
) -> None:
    desk.TWILIO_AUTH_TOKEN = "wrong"
    message = queue_both(by_dana, now)
    for _ in range(4):
        sms_pass()
        sender = send._current[Channel.SMS]
        sender.breaker._open_until = 0.0
        message.deliveries.filter(state="deferred").update(next_attempt_at=clock.now())
    message.refresh_from_db()
    assert message.state == "sending"
    assert SendingTrouble.objects.get().transport == "twilio"
    with OpenServer() as mail:
        desk.CUSTOMER_MAIL_URL = mail.url
        one_pass()
        assert len(mail.received) == 1


def test_a_number_that_does_not_exist_is_not_texted_again(
    phones: Provider, desk: Settings, by_dana: Actor, now: datetime
) -> None:
    contact(customer("Acme"), "Tel", phone="+14155550000", wants_sms=True)
    message = queue_both(by_dana, now)
    sms_pass()
    assert message.deliveries.get(channel=Channel.SMS).state == "bounced"
    suppression = Suppression.objects.get()
    assert (suppression.channel, suppression.address) == ("sms", "+14155550000")


@pytest.fixture
def texted(phones: Provider, pat: Contact, by_dana: Actor, now: datetime) -> Any:
    """A text that Twilio has taken."""
    message = queue_both(by_dana, now)
    sms_pass()
    return message.deliveries.get(channel=Channel.SMS)


def tell(row: Any, status: str, **more: str) -> int:
    form = {"MessageSid": row.provider_id, "MessageStatus": status, "To": PHONE, **more}
    return post(STATUS, form, query=f"?delivery={row.pk}")


def test_statuses_come_back_in_any_order_and_any_number(texted: Any) -> None:
    for status in ("delivered", "sent", "queued", "delivered", "sent"):
        assert tell(texted, status) == 204
    texted.refresh_from_db()
    assert texted.state == "delivered"
    assert texted.events.filter(state="delivered").count() == 1


def test_an_undelivered_text_says_why(texted: Any) -> None:
    tell(texted, "undelivered", ErrorCode="30006")
    texted.refresh_from_db()
    assert texted.state == "bounced"
    assert "30006" in texted.state_reason
    assert Suppression.objects.get().channel == "sms"


def test_a_forged_status_is_refused(texted: Any, desk: Settings) -> None:
    form = {"MessageSid": texted.provider_id, "MessageStatus": "undelivered", "To": PHONE}
    assert post(STATUS, form, token="guessed", query=f"?delivery={texted.pk}") == 403
    assert Client().post(STATUS, form).status_code == 403
    assert post(STATUS, form | {"AccountSid": "AC" + "9" * 32}) == 403
    assert Client().get(STATUS).status_code == 405
    desk.TWILIO_AUTH_TOKEN = ""
    assert post(STATUS, form, token="") == 403
    texted.refresh_from_db()
    assert texted.state == "sent"


def test_a_signature_for_one_delivery_is_none_for_another(texted: Any) -> None:
    form = {"AccountSid": ACCOUNT, "MessageSid": texted.provider_id, "MessageStatus": "delivered"}
    signed = RequestValidator(TOKEN).compute_signature(f"https://desk.example{STATUS}?delivery=1000", form)
    answer = Client().post(f"{STATUS}?delivery={texted.pk}", form, headers={"X-Twilio-Signature": signed})
    assert answer.status_code == 403


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_each_stop_word_counts_in_any_writing(word: str) -> None:
    assert wish_of(word.upper()) == wish_of(f" {word.title()}! ") == Wish.STOP


@pytest.mark.parametrize("text", ["", "please stop by", "the end", "restart", "OK", "ГО", "\x00"])
def test_other_words_mean_nothing(text: str) -> None:
    assert wish_of(text) is None


def test_stop_ends_sms_and_start_begins_it_again(phones: Provider, pat: Contact, by_dana: Actor, now: datetime) -> None:
    for _ in range(2):
        assert post(ANSWER, {"From": PHONE, "Body": "Opt-out"}) == 200
    assert Suppression.objects.get(lifted_at=None).address == PHONE
    message = queue_both(by_dana, now)
    sms_pass()
    row = message.deliveries.get(channel=Channel.SMS)
    assert row.state == "suppressed"
    assert "answered STOP" in row.state_reason
    assert phones.requests == 0
    assert post(ANSWER, {"From": PHONE, "Body": "Start"}) == 200
    assert not Suppression.objects.filter(lifted_at=None).exists()
    second = queue_both(by_dana, now)
    sms_pass()
    assert second.deliveries.get(channel=Channel.SMS).state == "sent"
    assert list(AuditEntry.objects.filter(action__startswith="sms.").values_list("action", flat=True)) == [
        "sms.stopped",
        "sms.restarted",
    ]


def test_start_does_not_revive_a_number_that_does_not_exist(phones: Provider, db: None) -> None:
    Suppression.objects.create(channel="sms", address=PHONE, reason="30006", at=clock.now())
    post(ANSWER, {"From": PHONE, "Body": "START"})
    assert Suppression.objects.filter(lifted_at=None).exists()


def test_twilios_own_reading_of_the_words_counts(phones: Provider, db: None) -> None:
    post(ANSWER, {"From": PHONE, "Body": "ARRET", "OptOutType": "STOP"})
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("word", ["Arrêt", "STOPP"])
def test_stop_counts_in_the_languages_we_write(word: str) -> None:
    assert wish_of(word) is Wish.STOP


def test_help_is_answered_in_the_readers_language_and_changes_nothing(phones: Provider, pat: Contact) -> None:
    Contact.objects.update(language="de")
    said = {"AccountSid": ACCOUNT, "From": PHONE, "Body": "Hilfe"}
    signed = RequestValidator(TOKEN).compute_signature(f"https://desk.example{ANSWER}", said)
    answer = Client().post(ANSWER, said, headers={"X-Twilio-Signature": signed})
    assert "STOP beendet SMS" in answer.content.decode()
    assert "<Message>" in answer.content.decode()
    assert not Suppression.objects.exists()
    said["OptOutType"] = "HELP"
    signed = RequestValidator(TOKEN).compute_signature(f"https://desk.example{ANSWER}", said)
    assert "<Message>" not in Client().post(ANSWER, said, headers={"X-Twilio-Signature": signed}).content.decode()


def test_a_drill_texts_its_own_telephone_once_in_each_language(
    phones: Provider, by_ivo: Actor, by_dana: Actor, now: datetime, desk: Settings
) -> None:
    desk.DRILL_PHONE = "+15005550009"
    payments = service()
    acme = customer("Acme", payments)
    for number, language in enumerate(["de", "de", "en"]):
        contact(acme, f"Pat{number}", phone=f"+1415555010{number}", wants_sms=True, language=language)
    update = send_kind(incident(by_ivo, now, services=[payments], is_drill=True), "initial", by_dana, now)
    assert update.message is not None
    assert update.message.total == 5
    sms_pass()
    assert [taken.form["To"] for taken in phones.taken] == ["+15005550009"] * 2
    assert {taken.form["Body"].partition(":")[0] for taken in phones.taken} == {"DRILL", "ÜBUNG"}


@pytest.mark.parametrize(
    ("language", "says", "segments"),
    [("en", "STOP ends texts", 2), ("de", "STOP beendet SMS", 2), ("fr", "STOP met", 2)],
)
def test_a_text_is_in_the_readers_language(
    by_ivo: Actor, now: datetime, desk: Settings, language: str, says: str, segments: int
) -> None:
    letter = Letter("initial", "investigating", "Payments", "Long.", (Place("Payments API"),), now, now)
    text = render_letter(letter, incident(by_ivo, now), ReaderClass(language, "Europe/Paris", Channel.SMS)).text
    assert says in text
    assert not set("’“”\u00a0\u202f") & set(text)
    assert count(text.replace("[[progress_url]]", "https://desk.example/p/" + "x" * 70 + "/")).count <= segments


def test_a_forged_stop_is_refused(phones: Provider, db: None) -> None:
    assert post(ANSWER, {"From": PHONE, "Body": "STOP"}, token="guessed") == 403
    assert not Suppression.objects.exists()


def test_the_text_of_an_update_is_short(by_ivo: Actor, now: datetime, desk: Settings) -> None:
    of = incident(by_ivo, now)
    body, where = "Long. " * 200, (Place("Payments API"),)
    letter = Letter("initial", "investigating", "Payments are failing", body, where, now, now)
    rendered = render_letter(letter, of, ReaderClass("en", "Europe/Berlin", Channel.SMS))
    assert rendered.html == ""
    assert "\n" not in rendered.text
    assert "[[progress_url]]" in rendered.text
    assert "Next update by" in rendered.text
    link = "https://desk.example/p/" + "x" * 70 + "/"
    found = count(rendered.text.replace("[[progress_url]]", link))
    assert (found.alphabet, found.count) == ("GSM-7", 2)


@pytest.mark.parametrize(("severity", "total"), [("SEV1", 2), ("SEV2", 2), ("SEV3", 1)])
def test_an_update_of_a_grave_incident_goes_by_sms_too(
    phones: Provider, by_ivo: Actor, by_dana: Actor, now: datetime, severity: str, total: int
) -> None:
    payments = service()
    contact(customer("Acme", payments), "Pat", phone=PHONE, wants_sms=True)
    of = incident(by_ivo, now, services=[payments])
    if severity != of.severity:
        set_severity(of, severity, reason="It turned out so.", by=by_ivo, now=now)
    update = send_kind(of, "initial", by_dana, now)
    assert update.message is not None
    assert update.message.total == total
    assert sms_pass() == total - 1
    if total == 2:
        assert "Payments API" in phones.taken[0].form["Body"]
        assert phones.taken[0].form["Body"].endswith("STOP ends texts")
