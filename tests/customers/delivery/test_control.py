"""Pause, resume, stop and retry, by those who may."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from time import sleep

import pytest
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry
from crisisdesk.core.refusals import NotAllowed, WrongState
from customers.delivery import finishing, ledger, send
from customers.delivery.control import pause, resume, retry, stop
from customers.delivery.suppression import in_force, reinstate, suppress
from customers.models import Channel, DeliveryEvent, Message, MessageState, Suppression
from tests.customers.delivery.conftest import Queue, one_pass, states
from tests.factories import contact, customer
from tests.mail_servers import OpenServer, ScriptedServer, free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(queue: Queue) -> Message:
    """A message to twenty contacts of Acme."""
    acme = customer("Acme")
    for number in range(20):
        contact(acme, f"Pat{number}")
    return queue()


@pytest.mark.parametrize("verb", [pause, resume, stop, retry])
def test_only_support_controls_deliveries(verb: object, message: Message, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="Support"):
        verb(message, by=by_ivo, now=now)  # type: ignore[operator]


def test_a_paused_message_waits_and_goes_on_where_it_was(
    message: Message, mail: OpenServer, by_dana: Actor, now: datetime
) -> None:
    paused = pause(message, by=by_dana, now=now)
    assert (paused.state, paused.state_reason) == (MessageState.PAUSED, "Paused by Dana Reyes.")
    assert one_pass() == 0
    assert mail.received == []
    resume(message, by=by_dana, now=now)
    assert one_pass() == 20
    assert len(mail.received) == 20
    actions = AuditEntry.objects.filter(incident="INC-42").order_by("id")
    assert list(actions.values_list("action", "actor_name")) == [
        ("message.paused", "Dana Reyes"),
        ("message.resumed", "Dana Reyes"),
    ]


def test_a_message_paused_while_it_runs_stops_at_once_and_loses_nobody(
    message: Message, desk: Settings, by_dana: Actor, now: datetime
) -> None:
    # A slow server: the pass looks at the messages several times a second, here in every round.
    slow = lambda event, argument: sleep(0.03) if event == "MAIL" else None  # noqa: E731
    with ScriptedServer(slow) as server:
        desk.CUSTOMER_MAIL_URL = f"{server.url}?connections=1"
        sender_look = send.Sender._look

        def look(sender: send.Sender) -> None:
            if len(server.received) >= 5:
                Message.objects.filter(pk=message.pk).update(state=MessageState.PAUSED)
            sender._look_at = 0.0
            sender_look(sender)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(send.Sender, "_look", look)
            one_pass()
        sent = len(server.received)
        assert ledger.progress(message).get("sent") == sent
        assert ledger.progress(message).get("queued", 0) == 20 - sent
        assert sent < 20
        resume(message, by=by_dana, now=clock.now())
        one_pass()
        assert len({received.recipient for received in server.received}) == len(server.received) == 20


def test_a_stopped_message_says_so_for_each_it_did_not_reach(
    message: Message, mail: OpenServer, by_dana: Actor, now: datetime
) -> None:
    stopped = stop(message, by=by_dana, now=now)
    assert stopped.state == MessageState.STOPPED
    assert one_pass() == 0
    assert mail.received == []
    assert ledger.progress(message) == {"suppressed": 20}
    reason = "Stopped by Dana Reyes before it was sent."
    assert set(message.deliveries.values_list("state_reason", flat=True)) == {reason}
    assert DeliveryEvent.objects.filter(delivery__message=message, state="suppressed", text=reason).count() == 20


def test_what_was_on_its_way_when_it_was_stopped_is_not_tried_again(
    message: Message, desk: Settings, by_dana: Actor, now: datetime
) -> None:
    with ScriptedServer() as server:
        desk.CUSTOMER_MAIL_URL = f"{server.url}?connections=1"
        sender = send.Sender()
        look = sender.agenda.look

        def look_and_stop() -> None:
            if sender.pool.in_flight and Message.objects.get(pk=message.pk).state == MessageState.SENDING:
                stop(message, by=by_dana, now=now)
            look()

        sender.agenda.look = look_and_stop  # type: ignore[method-assign]
        server.rule = lambda event, argument: "450 4.2.0 later" if event == "RCPT" else None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(send, "_current", {Channel.EMAIL: sender})
            patch.setattr(send, "LOOK_SECONDS", 0.0)
            one_pass()
        sender.retire()
    assert ledger.progress(message) == {"suppressed": 20}


@pytest.mark.parametrize(
    ("verb", "state", "text"),
    [
        (pause, "paused", "This message is paused; only one that is being sent can be paused."),
        (pause, "finished", "This message is finished; only one that is being sent can be paused."),
        (resume, "sending", "This message is sending; only a paused one can be resumed."),
        (resume, "stopped", "This message is stopped; only a paused one can be resumed."),
        (stop, "finished", "This message is finished; there is nothing left to stop."),
        (retry, "stopped", "This message was stopped. Send a new update instead."),
        (retry, "sending", "No delivery of this message has failed; there is nothing to try again."),
    ],
)
def test_what_does_not_fit_the_state_is_refused(
    verb: object, state: str, text: str, message: Message, by_dana: Actor, now: datetime
) -> None:
    Message.objects.filter(pk=message.pk).update(state=state)
    with pytest.raises(WrongState) as refusal:
        verb(message, by=by_dana, now=now)  # type: ignore[operator]
    assert str(refusal.value) == text


def test_what_failed_is_tried_again_under_the_same_message_id(
    message: Message, desk: Settings, by_dana: Actor, now: datetime
) -> None:
    with ScriptedServer(lambda event, argument: "554 no" if event == "RCPT" else None) as server:
        desk.CUSTOMER_MAIL_URL = server.url
        one_pass()
        assert ledger.progress(message) == {"rejected": 20}
        message.refresh_from_db()
        assert message.state == MessageState.FINISHED
        server.rule = lambda event, argument: None
        assert retry(message, by=by_dana, now=clock.now()) == 20
        one_pass()
    assert ledger.progress(message) == {"sent": 20}
    assert {str(mail.message["Message-ID"]) for mail in server.received} == set(
        message.deliveries.values_list("mail_id", flat=True)
    )
    delivery = message.deliveries.all()[0]
    assert [event.state for event in delivery.events.order_by("id")] == ["rejected", "queued", "sent"]


def test_the_unconfirmed_are_tried_again_only_when_a_person_says_so(
    message: Message, mail: OpenServer, by_dana: Actor, now: datetime
) -> None:
    message.deliveries.update(state="unconfirmed")
    with pytest.raises(WrongState):
        retry(message, by=by_dana, now=now)
    assert retry(message, by=by_dana, now=now, unconfirmed=True) == 20
    one_pass()
    assert states(message)["Pat0"] == "sent"


def test_an_address_that_bounced_is_written_to_again_when_it_is_reinstated(
    message: Message, mail: OpenServer, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    suppress(Channel.EMAIL, "Pat0@acme.example", "550 5.1.1 unknown", now=now)
    suppress(Channel.EMAIL, "pat0@ACME.example", "again", now=now)
    (suppression,) = Suppression.objects.all()
    with pytest.raises(NotAllowed):
        reinstate(suppression, by=by_ivo, now=now)
    reinstate(suppression, by=by_dana, now=now)
    with pytest.raises(WrongState):
        reinstate(suppression, by=by_dana, now=now)
    suppress(Channel.EMAIL, "pat0@acme.example", "550 5.1.1 unknown once more", now=now)
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_suppressions_are_found_by_address_whatever_is_in_it(now: datetime) -> None:
    odd = [
        "o'neil@acme.example",
        'a"{}\\b@acme.example',
        "jürgen@bücher.example",
        "用户@例子.example",
        "50%@acme.example",
    ]
    for address in (*odd, "lifted@acme.example"):
        suppress(Channel.EMAIL, address, "bounced", now=now)
    Suppression.objects.filter(address="lifted@acme.example").update(lifted_at=now)
    asked = [*odd, "lifted@acme.example", "fine@acme.example"]
    assert in_force(Channel.EMAIL, asked) == dict.fromkeys(odd, "bounced")
    assert in_force(Channel.SMS, asked) == {}
    assert in_force(Channel.EMAIL, []) == {}


def test_what_is_tried_again_while_the_last_answer_is_written_is_sent(
    message: Message, mail: OpenServer, by_dana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = finishing._done
    message.deliveries.filter(contact__name="Pat0").update(state="failed", state_reason="451 later")

    def seen_and_retried(message_ids: Collection[int]) -> dict[int, datetime]:
        found = seen(message_ids)
        if found and message.deliveries.filter(state="failed").exists():
            retry(message, by=by_dana, now=clock.now())
        return found

    monkeypatch.setattr(finishing, "_done", seen_and_retried)
    one_pass()
    one_pass()
    message.refresh_from_db()
    assert (set(states(message).values()), message.state) == ({"sent"}, MessageState.FINISHED)


def test_a_pause_of_days_is_not_counted_against_what_was_never_tried(
    message: Message, desk: Settings, by_dana: Actor, now: datetime
) -> None:
    pause(message, by=by_dana, now=now)
    later = now + timedelta(days=3)
    resume(message, by=by_dana, now=later)
    with ScriptedServer(lambda event, _: "451 4.7.1 greylisted" if event == "RCPT" else None) as server:
        desk.CUSTOMER_MAIL_URL = server.url
        one_pass(now=later)
    assert set(states(message).values()) == {"deferred"}


def test_what_waits_for_too_long_while_the_way_out_is_down_is_given_up(message: Message, desk: Settings) -> None:
    desk.CUSTOMER_MAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    message.deliveries.filter(contact__name="Pat0").update(unknowns=1)
    message.deliveries.filter(contact__name="Pat1").update(give_up_at=clock.now() + timedelta(hours=30))
    one_pass(now=clock.now() + timedelta(hours=25))
    found = states(message)
    assert (found.pop("Pat0"), found.pop("Pat1"), set(found.values())) == ("unconfirmed", "deferred", {"failed"})
    second = message.deliveries.get(contact__name="Pat2")
    assert second.state_reason.startswith("Given up, as it has waited for too long: No connection to the mail server")
    assert second.events.get().text == second.state_reason
