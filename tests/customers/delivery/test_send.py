"""The sender against a real mail server: every mail received is compared with the ledger."""

from __future__ import annotations

import errno
from datetime import timedelta
from time import monotonic, sleep

import pytest
from django.db import OperationalError
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.transports import Envelope
from customers.delivery import ledger, results, send
from customers.delivery.journal import Journal
from customers.delivery.suppression import suppress
from customers.delivery.wire import Compiled, Reader
from customers.models import Channel, DeliveryState, Message, MessageState, SendingTrouble, Suppression
from tests.customers.delivery.conftest import Lease, Queue, everybody, one_pass, states
from tests.factories import contact, customer
from tests.mail_servers import OpenServer, Received, ScriptedServer, free_port

pytestmark = pytest.mark.django_db


def agree(message: Message, received: list[Received]) -> None:
    """The ledger says exactly what the mail server got: one copy per reader, to the right address, with its own ID."""
    accepted = message.deliveries.accepted()
    assert sorted((mail.recipient, str(mail.message["Message-ID"])) for mail in received) == sorted(
        accepted.values_list("address", "mail_id")
    )


def test_every_reader_gets_one_mail_of_their_own(queue: Queue, mail: OpenServer) -> None:
    for number in range(30):
        acme = customer(f"Customer {number}")
        contact(acme, f"Pat {number}", email=f"pat{number}@customer.example")
    message = queue()
    assert one_pass() == 30
    agree(message, mail.received)
    assert len(mail.received) == 30
    for received in mail.received:
        own = received.recipient.removeprefix("pat").partition("@")[0]
        assert f"Hello Pat {own} at Customer {own}," in received.body()
    message.refresh_from_db()
    assert message.state == MessageState.FINISHED
    assert ledger.progress(message) == {"sent": 30}
    delivery = message.deliveries.first()
    assert delivery is not None
    assert (delivery.attempts, delivery.claimed_by) == (1, "")
    assert delivery.sent_at is not None
    (event,) = delivery.events.all()
    assert (event.state, event.code, event.attempt) == ("sent", "250 2.0.0", 1)
    assert one_pass() == 0
    assert len(mail.received) == 30


def test_an_update_threads_under_the_first_message_that_its_reader_got(queue: Queue, mail: OpenServer) -> None:
    acme = customer("Acme")
    pat, kim = contact(acme, "Pat"), contact(acme, "Kim")
    first = queue(everybody().filter(name="Pat"))
    one_pass()
    queue(kind="progress")
    one_pass()
    queue(kind="final")
    one_pass()
    by_reader = {
        address: [one for one in mail.received if one.recipient == address] for address in (pat.email, kim.email)
    }
    root = first.deliveries.get().mail_id
    assert [one.message["In-Reply-To"] for one in by_reader[pat.email]] == [None, root, root]
    own_root = str(by_reader[kim.email][0].message["Message-ID"])
    assert [one.message["In-Reply-To"] for one in by_reader[kim.email]] == [None, own_root]


def test_a_drill_reaches_the_drill_address_alone(queue: Queue, mail: OpenServer) -> None:
    pat = contact(customer("Acme"), "Pat")
    message = queue(is_drill=True)
    one_pass()
    agree(message, mail.received)
    assert [received.recipient for received in mail.received] == [f"drill+{pat.pk}@status.example.com"]


def test_consent_is_looked_at_again_when_a_delivery_is_claimed(queue: Queue, mail: OpenServer) -> None:
    acme, globex = customer("Acme"), customer("Globex")
    contact(acme, "Pat")
    for name in ("Left", "Silent", "None", "Brief", "Bounced"):
        contact(acme, name)
    contact(globex, "Gone")
    queue(everybody().filter(name="Brief"), kind="initial")
    one_pass()
    mail.received.clear()
    message = queue(kind="progress")
    acme.contacts.filter(name="Left").update(is_active=False)
    acme.contacts.filter(name="Silent").update(wants_email=False)
    acme.contacts.filter(name="None").update(preference="none")
    acme.contacts.filter(name="Brief").update(preference="start_and_end")
    globex.is_active = False
    globex.save()
    bounced = acme.contacts.get(name="Bounced").email.upper()
    suppress(Channel.EMAIL, bounced, "550 5.1.1 unknown", now=clock.now())
    one_pass()
    agree(message, mail.received)
    reasons = dict(message.deliveries.values_list("contact__name", "state_reason"))
    assert reasons == {
        "Pat": "",
        "Left": "The contact is no longer active.",
        "Silent": "The contact does not want e-mail.",
        "None": "The contact chose to get no messages.",
        "Brief": "The contact chose start and end only.",
        "Bounced": "The address is not written to any more: 550 5.1.1 unknown",
        "Gone": "The customer is no longer served.",
    }
    assert ledger.progress(message) == {"sent": 1, "suppressed": 6}
    assert {event.text for row in message.deliveries.all() for event in row.events.all()} >= set(reasons.values()) - {
        ""
    }
    message.refresh_from_db()
    assert message.state == MessageState.FINISHED


@pytest.mark.parametrize("kind", ["initial", "final", "postmortem"])
def test_start_and_end_reach_whoever_wants_only_those(kind: str, queue: Queue, mail: OpenServer) -> None:
    contact(customer("Acme"), "Brief", preference="start_and_end")
    message = queue(kind=kind)
    one_pass()
    assert states(message) == {"Brief": "sent"}


def test_the_more_urgent_message_goes_first(queue: Queue, mail: OpenServer) -> None:
    for number in range(10):
        contact(customer("Acme"), f"Pat {number}", email=f"pat{number}@acme.example")
    queue(kind="postmortem", priority=90)
    urgent = queue(thread="INC-43", priority=10)
    one_pass()
    # Each of the four connections may be one mail ahead of another.
    first = {str(received.message["Message-ID"]) for received in mail.received[:14]}
    assert first >= set(urgent.deliveries.values_list("mail_id", flat=True))


def answers(replies: dict[str, str]) -> ScriptedServer:
    """A server that answers RCPT by the local part of the address."""

    def rule(event: str, argument: str) -> str | None:
        local = argument.partition("<")[2].partition("@")[0]
        return replies.get(local) if event == "RCPT" else None

    return ScriptedServer(rule)


def test_each_class_of_refusal_gets_its_state_and_one_bad_recipient_stops_nobody(queue: Queue, desk: Settings) -> None:
    replies = {
        "unknown": "550 5.1.1 no such user",
        "full": "552 5.2.2 mailbox full",
        "grey": "450 4.2.0 greylisted",
        "odd": "554 no",
        "distrust": "550 5.7.1 not from you",
    }
    acme = customer("Acme")
    for name in ("Fine", "Well", *replies):
        contact(acme, name, email=f"{name.lower()}@acme.example")
    broken = contact(acme, "Broken", email="broken@acme.example")
    message = queue()
    message.deliveries.filter(contact=broken).update(address="not an address")
    with answers(replies) as server:
        desk.CUSTOMER_MAIL_URL = server.url
        one_pass()
        agree(message, server.received)
    assert states(message) == {
        "Fine": "sent",
        "Well": "sent",
        "unknown": "bounced",
        "full": "rejected",
        "grey": "deferred",
        "odd": "rejected",
        "distrust": "deferred",
        "Broken": "rejected",
    }
    reasons = dict(message.deliveries.values_list("contact__name", "state_reason"))
    assert reasons["unknown"] == "The address does not exist: 550 5.1.1 no such user"
    assert reasons["grey"] == "Not taken yet: 450 4.2.0 greylisted"
    assert all(reasons[name] for name in (*replies, "Broken"))
    assert list(Suppression.objects.values_list("address", "reason")) == [
        ("unknown@acme.example", "550 5.1.1 no such user")
    ]
    message.refresh_from_db()
    assert message.state == MessageState.SENDING
    assert [row.contact.name for row in ledger.failures(message)] == ["unknown", "full", "odd", "Broken"]


def later(message: Message, **change: float) -> None:
    """Let time pass for what waits: as if the next attempt were due that much earlier."""
    for row in message.deliveries.filter(state=DeliveryState.DEFERRED):
        row.next_attempt_at -= timedelta(**change)
        row.save()
    send.end_run()  # a fresh run looks at once


def test_a_deferred_mail_is_tried_again_with_growing_pauses_and_the_same_identity(queue: Queue, desk: Settings) -> None:
    contact(customer("Acme"), "Pat", email="grey@acme.example")
    message = queue()
    replies = {"grey": "451 4.7.1 greylisted"}
    with answers(replies) as server:
        desk.CUSTOMER_MAIL_URL = server.url
        pauses = []
        for _ in range(3):
            before = clock.now()
            assert one_pass() == 1
            delivery = message.deliveries.get()
            pauses.append((delivery.next_attempt_at - before).total_seconds())
            assert one_pass() == 0
            later(message, hours=1)
        replies.clear()
        assert one_pass() == 1
        agree(message, server.received)
    assert 22 < pauses[0] < 40 < pauses[1] < 80 < pauses[2] < 160
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 4)
    assert [event.state for event in delivery.events.order_by("id")] == ["deferred"] * 3 + ["sent"]
    assert server.received[0].message["Date"].datetime == message.created_at.replace(microsecond=0)


def test_what_is_put_off_for_a_day_is_given_up(queue: Queue, desk: Settings) -> None:
    contact(customer("Acme"), "Pat", email="grey@acme.example")
    message = queue(at=clock.now() - timedelta(hours=24))
    with answers({"grey": "451 4.7.1 greylisted"}) as server:
        desk.CUSTOMER_MAIL_URL = server.url
        one_pass()
    delivery = message.deliveries.get()
    assert delivery.state == "failed"
    assert delivery.state_reason == "Given up after 1 attempts: 451 4.7.1 greylisted"


@pytest.mark.parametrize("how", ["reset", "close", "hang"])
def test_an_unknown_outcome_is_repeated_once_under_the_same_identity(how: str, queue: Queue, desk: Settings) -> None:
    contact(customer("Acme"), "Pat", email="pat@acme.example")
    message = queue()
    lost = [how, None]
    with ScriptedServer(lambda event, argument: lost.pop(0) if event == "CONTENT" else None) as server:
        desk.CUSTOMER_MAIL_URL = f"{server.url}?data_timeout=0.3&timeout=0.3&connections=1"
        one_pass()
        assert states(message) == {"Pat": "deferred"}
        later(message, seconds=10)
        one_pass()
        agree(message, server.received)
    assert states(message) == {"Pat": "sent"}


def test_twice_unknown_is_unconfirmed_until_somebody_decides(queue: Queue, desk: Settings) -> None:
    contact(customer("Acme"), "Pat", email="pat@acme.example")
    message = queue()
    with ScriptedServer(lambda event, argument: "close" if event == "CONTENT" else None) as server:
        desk.CUSTOMER_MAIL_URL = server.url
        for _ in range(3):
            one_pass()
            later(message, seconds=10)
        assert [event for event, _ in server.events].count("CONTENT") == 2
    delivery = message.deliveries.get()
    assert delivery.state == "unconfirmed"
    assert "Nobody can say whether it arrived" in delivery.state_reason
    message.refresh_from_db()
    assert message.state == MessageState.FINISHED


def test_a_mail_server_that_is_down_costs_no_attempt_and_is_tried_again_by_itself(queue: Queue, desk: Settings) -> None:
    acme = customer("Acme")
    for number in range(50):
        contact(acme, f"Pat{number}")
    message = queue()
    port = free_port()
    desk.CUSTOMER_MAIL_URL = f"smtp://127.0.0.1:{port}?timeout=1"
    sender = send.Sender()
    lease = Lease()
    for _ in range(3):
        sender.breaker._open_until = 0.0
        sender.work(Pass(clock.now(), lease))
    assert set(message.deliveries.values_list("attempts", flat=True)) == {0}
    assert set(states(message).values()) <= {"queued", "deferred"}
    assert "No connection" in message.deliveries.filter(state="deferred")[0].state_reason
    (trouble,) = SendingTrouble.objects.filter(closed_at=None)
    assert (trouble.fault, trouble.transport) == ("connection", f"127.0.0.1:{port}")
    message.refresh_from_db()
    assert message.state == MessageState.SENDING
    sender.retire()
    with OpenServer() as server:
        desk.CUSTOMER_MAIL_URL = server.url
        message.deliveries.filter(state="deferred").update(next_attempt_at=clock.now())
        # On a crowded machine a pass may leave some to the next.
        end = monotonic() + 20
        while len(server.received) < 50 and monotonic() < end:
            one_pass()
        agree(message, server.received)
        assert len(server.received) == 50


def test_the_trouble_ends_with_the_first_mail_that_is_taken(queue: Queue, mail: OpenServer, desk: Settings) -> None:
    contact(customer("Acme"), "Pat")
    queue()
    now = clock.now()
    name = f"127.0.0.1:{mail.port}"
    SendingTrouble.objects.create(transport=name, fault="connection", reason="x", opened_at=now, last_seen_at=now)
    one_pass()
    assert not SendingTrouble.objects.filter(closed_at=None).exists()


def test_a_refused_sign_in_pauses_the_message_and_leaves_a_trouble_to_be_told(queue: Queue, desk: Settings) -> None:
    for number in range(20):
        contact(customer("Acme"), f"Pat{number}")
    message = queue()
    with ScriptedServer(
        lambda event, argument: "535 5.7.8 wrong password" if event == "AUTH" else None, extensions=("AUTH PLAIN",)
    ) as server:
        desk.CUSTOMER_MAIL_URL = f"smtp://desk:wrong@127.0.0.1:{server.port}"
        sender = send.Sender()
        for _ in range(3):
            sender.breaker._open_until = 0.0
            sender.work(Pass(clock.now(), Lease()))
            message.deliveries.filter(state="deferred").update(next_attempt_at=clock.now())
        sender.retire()
    message.refresh_from_db()
    assert message.state == MessageState.PAUSED
    assert message.state_reason == "The mail server does not accept our sign-in: 535 5.7.8 wrong password"
    (trouble,) = SendingTrouble.objects.filter(closed_at=None)
    assert (trouble.fault, trouble.message) == ("authentication", message)
    assert set(message.deliveries.values_list("attempts", flat=True)) == {0}


def test_a_server_that_distrusts_us_pauses_the_message_after_a_few(queue: Queue, desk: Settings) -> None:
    for number in range(40):
        contact(customer("Acme"), f"Pat{number}")
    message = queue()
    with ScriptedServer(lambda event, argument: "550 5.7.1 blocked" if event == "RCPT" else None) as server:
        desk.CUSTOMER_MAIL_URL = f"{server.url}?connections=1"
        one_pass()
        message.refresh_from_db()
        assert message.state == MessageState.PAUSED
        assert message.state_reason == "The mail server refuses us as a sender: 550 5.7.1 blocked"
        assert one_pass() == 0
    assert ledger.progress(message).keys() <= {"deferred", "queued"}
    assert not Suppression.objects.exists()


def test_a_lease_that_is_gone_sends_nothing_more(queue: Queue, desk: Settings) -> None:
    for number in range(30):
        contact(customer("Acme"), f"Pat{number}")
    message = queue()
    lease = Lease()
    with ScriptedServer() as server:

        def rule(event: str, argument: str) -> None:
            if len(server.received) == 5:
                lease.is_held = False

        server.rule = rule
        desk.CUSTOMER_MAIL_URL = f"{server.url}?connections=1"
        send.run_pass(Pass(clock.now(), lease))
        received = len(server.received)
    assert received <= 7
    send.end_run()
    one_pass(fence=2)
    assert ledger.progress(message)["sent"] >= received


def test_a_message_that_cannot_be_written_is_paused_and_the_others_go_on(
    queue: Queue, mail: OpenServer, desk: Settings
) -> None:
    contact(customer("Acme"), "Pat")
    poison = queue(priority=1)
    Message.objects.filter(pk=poison.pk).update(link_purpose="no_such_page")
    fine = queue(thread="INC-43", priority=2)
    one_pass()
    poison.refresh_from_db()
    assert (poison.state, states(poison)) == (MessageState.PAUSED, {"Pat": "queued"})
    assert "cannot be written" in poison.state_reason
    assert states(fine) == {"Pat": "sent"}


def test_the_journal_is_empty_when_everything_stands_in_the_ledger(
    queue: Queue, mail: OpenServer, desk: Settings
) -> None:
    contact(customer("Acme"), "Pat")
    queue()
    one_pass()
    (journal,) = desk.JOURNAL_DIR.glob("*.journal")
    assert journal.read_text().count("\n") == 1
    assert "acme" not in journal.read_text()


def test_a_full_disk_sends_nothing_and_says_so(
    queue: Queue, mail: OpenServer, desk: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact(customer("Acme"), "Pat")
    message = queue()

    def full(journal: Journal, lines: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Journal, "write", full)
    for _ in range(3):
        one_pass()
        run = send._current.get(Channel.EMAIL)
        assert run is not None
        run.breaker._open_until = 0.0
        message.deliveries.update(next_attempt_at=clock.now())
    assert mail.received == []
    delivery = message.deliveries.get()
    assert (delivery.state, delivery.attempts) == ("deferred", 0)
    assert delivery.state_reason == "The journal cannot be written: No space left on device"
    assert SendingTrouble.objects.get().reason == "The journal cannot be written: No space left on device"
    monkeypatch.undo()
    one_pass()
    agree(message, mail.received)
    assert not SendingTrouble.objects.filter(closed_at=None).exists()


def test_a_mail_that_cannot_be_written_is_set_aside_alone(
    queue: Queue, mail: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = customer("Acme")
    contact(acme, "Pat")
    contact(acme, "Poison")
    message = queue()
    envelope = Compiled.envelope

    def poisoned(content: Compiled, reader: Reader) -> Envelope:
        if reader.name == "Poison":
            raise RuntimeError
        return envelope(content, reader)

    monkeypatch.setattr(Compiled, "envelope", poisoned)
    one_pass()
    assert states(message) == {"Pat": "sent", "Poison": "rejected"}
    assert "The mail could not be written (RuntimeError)." in message.deliveries.get(state="rejected").state_reason


def test_a_pass_that_fails_loses_nothing(queue: Queue, mail: OpenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        contact(customer("Acme"), f"Pat{number}")
    message = queue()

    def broken(*_: object, **__: object) -> None:
        raise OperationalError("the database went away")

    monkeypatch.setattr(results, "record", broken)
    with pytest.raises(OperationalError):
        one_pass()
    monkeypatch.undo()
    assert set(states(message).values()) <= {"sending", "queued"}
    deadline = monotonic() + 10
    while ledger.progress(message) != {"sent": 30} and monotonic() < deadline:
        one_pass()
        send.end_run()
        sleep(0.05)
    agree(message, mail.received)
    assert len(mail.received) == 30
