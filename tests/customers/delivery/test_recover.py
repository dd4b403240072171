"""After a crash: the journal is replayed, nothing is lost, nothing is sent twice but what was on a connection."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.transports import Answer, Outcome
from customers.delivery import ledger
from customers.delivery.claim import Claimed, Owner, claim
from customers.delivery.journal import Journal, new_owner_name, read
from customers.delivery.record import Answered, record
from customers.delivery.recover import recover_dead_runs
from customers.models import Contact, Message, MessageState
from tests.customers.delivery.conftest import Queue, one_pass
from tests.factories import contact, customer
from tests.mail_servers import OpenServer

pytestmark = pytest.mark.django_db
TAKEN = Answer(Outcome.ACCEPTED, "250 2.0.0", "taken", "127.0.0.1:25")


@pytest.fixture
def message(queue: Queue) -> Message:
    """A message to six contacts of Acme."""
    acme = customer("Acme")
    for number in range(6):
        contact(acme, f"Pat{number}")
    return queue()


class DeadRun:
    """A run of the sender that claimed everything and was killed, with a journal as far as it came."""

    def __init__(self, message: Message, directory: Path, *, name: str = "", repeats_safely: bool = True) -> None:
        self.owner = Owner(name or new_owner_name(directory), 1)
        self.claimed: list[Claimed] = claim(message, owner=self.owner, now=clock.now(), limit=100)[0]
        self.journal = Journal(directory, self.owner.name, repeats_safely=repeats_safely)
        assert self.journal.open()

    def began(self, *numbers: int) -> DeadRun:
        """The content of these left."""
        for number in numbers:
            self.journal.begun(self.claimed[number].id)
        return self

    def heard(self, *numbers: int, answer: Answer = TAKEN) -> DeadRun:
        """The server answered for these."""
        for number in numbers:
            one = self.claimed[number]
            self.journal.answered(one.id, one.standing.attempts, answer)
        return self

    def killed(self) -> DeadRun:
        """The kernel lets go of its lock."""
        self.journal.release()
        return self


def ordered(message: Message) -> list[str]:
    """The states in the order of the claims."""
    return list(message.deliveries.order_by("id").values_list("state", flat=True))


def test_what_was_answered_is_recorded_and_what_was_begun_is_repeated_once(message: Message, desk: Settings) -> None:
    run = DeadRun(message, desk.JOURNAL_DIR).began(0, 1, 2).heard(0, 1).killed()
    assert recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now()) == 6
    assert ordered(message) == ["sent", "sent", "queued", "queued", "queued", "queued"]
    attempts = list(message.deliveries.order_by("id").values_list("attempts", "unknowns"))
    assert attempts == [(1, 0), (1, 0), (1, 1), (0, 0), (0, 0), (0, 0)]
    assert not run.journal.path.exists()
    assert recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now()) == 0


def test_a_refusal_from_before_says_nothing_of_what_was_begun_after_it(message: Message, desk: Settings) -> None:
    down = Answer(Outcome.BROKEN, "", "refused", "127.0.0.1:25")
    DeadRun(message, desk.JOURNAL_DIR).heard(0, 1, answer=down).began(0).killed()
    recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now())
    found = list(message.deliveries.order_by("id").values_list("state", "unknowns"))
    assert found[:2] == [("queued", 1), ("deferred", 0)]


def test_a_second_crash_on_the_same_mail_makes_it_unconfirmed(message: Message, desk: Settings) -> None:
    for _ in range(2):
        DeadRun(message, desk.JOURNAL_DIR).began(0).killed()
        recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now())
    assert ordered(message) == ["unconfirmed"] + ["queued"] * 5
    first = message.deliveries.order_by("id")[0]
    assert "nobody can say" in first.state_reason
    assert [event.state for event in first.events.order_by("id")] == ["queued", "unconfirmed"]


def test_what_went_to_a_provider_is_never_repeated(message: Message, desk: Settings) -> None:
    DeadRun(message, desk.JOURNAL_DIR, repeats_safely=False).began(0, 1).heard(1).killed()
    recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now())
    assert ordered(message) == ["unconfirmed", "sent"] + ["queued"] * 4


def test_a_run_that_lives_is_left_alone(message: Message, desk: Settings) -> None:
    run = DeadRun(message, desk.JOURNAL_DIR).began(0).heard(0)
    assert recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now()) == 0
    assert set(ordered(message)) == {"sending"}
    run.killed()
    assert recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now()) == 6


def test_what_was_recorded_before_the_crash_is_not_recorded_again(message: Message, desk: Settings) -> None:
    run = DeadRun(message, desk.JOURNAL_DIR).began(0, 1).heard(0, 1)
    record(run.owner.name, [Answered(run.claimed[0], TAKEN)], repeats_safely=True, now=clock.now())
    run.killed()
    assert recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now()) == 5
    assert ordered(message)[:2] == ["sent", "sent"]
    assert [delivery.events.count() for delivery in message.deliveries.order_by("id")[:2]] == [1, 1]
    assert not ledger.repeats(message).exists()


def test_a_run_of_another_machine_is_waited_for(message: Message, desk: Settings) -> None:
    now = clock.now()
    claim(message, owner=Owner("elsewhere-7-abc", 1), now=now, limit=2)
    assert recover_dead_runs(desk.JOURNAL_DIR, "me", now=now + timedelta(seconds=60)) == 0
    assert recover_dead_runs(desk.JOURNAL_DIR, "me", now=now + timedelta(seconds=121)) == 2
    assert set(ordered(message)) == {"queued"}
    assert list(message.deliveries.order_by("id").values_list("unknowns", flat=True))[:2] == [1, 1]


def test_a_copy_that_turns_up_late_is_counted_and_shown(message: Message, desk: Settings, mail: OpenServer) -> None:
    """The machine of a run came back after its claims had been released and the mails sent again."""
    late = DeadRun(message, desk.JOURNAL_DIR / "elsewhere", name="elsewhere-7-abc").began(0).heard(0).killed()
    now = clock.now() + timedelta(seconds=120)
    recover_dead_runs(desk.JOURNAL_DIR, "me", now=now)
    one_pass(now=now)
    assert ordered(message) == ["sent"] * 6
    late.journal.path.rename(desk.JOURNAL_DIR / late.journal.path.name)
    recover_dead_runs(desk.JOURNAL_DIR, "me", now=now)
    assert ordered(message) == ["sent"] * 6
    *doubtful, repeat = ledger.repeats(message)
    assert (repeat.delivery_id, repeat.attempt) == (late.claimed[0].id, 1)
    assert {event.attempt for event in doubtful} == {2}, "whatever that machine held was repeated without knowing"


def test_a_repeat_after_a_lost_answer_is_counted_and_shown(message: Message, desk: Settings, mail: OpenServer) -> None:
    DeadRun(message, desk.JOURNAL_DIR).began(0).killed()
    recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now())
    one_pass()
    assert ordered(message) == ["sent"] * 6
    (repeat,) = ledger.repeats(message)
    assert repeat.delivery_id == message.deliveries.order_by("id")[0].pk


def test_what_a_dead_run_held_of_a_stopped_message_is_withdrawn(message: Message, desk: Settings) -> None:
    DeadRun(message, desk.JOURNAL_DIR).began(0).heard(0).killed()
    Message.objects.filter(pk=message.pk).update(state=MessageState.STOPPED, state_reason="Stopped by Dana Reyes.")
    recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now())
    assert ordered(message) == ["sent"] + ["suppressed"] * 5


def test_what_may_have_arrived_of_a_stopped_message_is_not_called_unsent(message: Message, desk: Settings) -> None:
    DeadRun(message, desk.JOURNAL_DIR).began(0).killed()
    Message.objects.filter(pk=message.pk).update(state=MessageState.STOPPED, state_reason="Stopped by Dana Reyes.")
    recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now())
    assert ordered(message) == ["unconfirmed"] + ["suppressed"] * 5
    first = message.deliveries.order_by("id")[0]
    assert first.state_reason == "An earlier attempt may have arrived; it is not repeated: Stopped by Dana Reyes."
    last = first.events.order_by("id").last()
    assert last is not None
    assert (last.state, last.text) == ("unconfirmed", first.state_reason)


def test_what_may_have_arrived_before_its_reader_left_is_not_called_unsent(message: Message, desk: Settings) -> None:
    DeadRun(message, desk.JOURNAL_DIR).began(0).killed()
    recover_dead_runs(desk.JOURNAL_DIR, "me", now=clock.now())
    Contact.objects.update(is_active=False)
    one_pass()
    assert ordered(message) == ["unconfirmed"] + ["suppressed"] * 5


def test_the_next_pass_finds_a_dead_run_and_finishes_the_message(
    message: Message, desk: Settings, mail: OpenServer
) -> None:
    DeadRun(message, desk.JOURNAL_DIR).began(0, 1).heard(0).killed()
    one_pass()
    message.refresh_from_db()
    assert (ordered(message), message.state) == (["sent"] * 6, MessageState.FINISHED)
    assert len(mail.received) == 5


def test_a_line_that_was_cut_off_is_passed_over(message: Message, desk: Settings) -> None:
    run = DeadRun(message, desk.JOURNAL_DIR).began(0).heard(0).killed()
    with run.journal.path.open("ab") as file:
        file.write(b'{"a":12,"n":1,"outc')
    replay = read(run.journal.path)
    assert [(pk, attempt, answer) for pk, attempt, answer in replay.answers] == [(run.claimed[0].id, 1, TAKEN)]


def test_an_answer_that_comes_after_the_claim_was_lost_still_counts(message: Message, now: datetime) -> None:
    owner = Owner("first-1-a", 1)
    (one, *_), _ = claim(message, owner=owner, now=clock.now(), limit=1)
    message.deliveries.filter(pk=one.id).update(state="queued", claimed_by="")
    record(owner.name, [Answered(one, TAKEN)], repeats_safely=True, now=clock.now())
    delivery = message.deliveries.get(pk=one.id)
    assert (delivery.state, delivery.events.get().is_repeat) == ("sent", False)
    refused = Answer(Outcome.REJECTED, "554", "no", "x")
    record(owner.name, [Answered(one, refused)], repeats_safely=True, now=clock.now())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.events.count()) == ("sent", 1)


def test_two_senders_claim_different_deliveries(message: Message) -> None:
    first, _ = claim(message, owner=Owner("one", 1), now=clock.now(), limit=4)
    second, _ = claim(message, owner=Owner("two", 2), now=clock.now(), limit=4)
    assert {one.id for one in first} & {one.id for one in second} == set()
    assert len(first) + len(second) == 6


@pytest.mark.parametrize("ways", ["anymail+postmark://", "smtp://127.0.0.1:1 anymail+postmark://"])
def test_what_a_lost_machine_may_have_handed_to_a_provider_is_not_repeated(
    message: Message, desk: Settings, ways: str
) -> None:
    desk.CUSTOMER_MAIL_URL = ways
    now = clock.now()
    claim(message, owner=Owner("elsewhere-7-abc", 1), now=now, limit=2)
    assert recover_dead_runs(desk.JOURNAL_DIR, "me", now=now + timedelta(seconds=300)) == 2
    assert ordered(message) == ["unconfirmed"] * 2 + ["queued"] * 4
