"""The comparison of both ledgers finds each kind of wrong, and nothing where all is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.audit import chain, record
from crisisdesk.core.models import AuditSeal, Deadline, DeadlineStep, User
from customers.models import Delivery, DeliveryEvent, DeliveryState, Message
from incidents import promises
from incidents.models import Incident, Notification, Promise, Update
from tests import factories
from tests.customers.delivery.conftest import Queue, one_pass
from tests.faults import world
from tests.faults.checks import check
from tests.faults.mail_ledger import Accepted
from tests.mail_servers import OpenServer

pytestmark = pytest.mark.django_db
KEEPER = Actor.job("promise keeper")


@pytest.fixture
def message(queue: Queue, mail: OpenServer, now: datetime) -> Message:
    """Sent to three readers with canaries; everything is sealed."""
    world.add_readers(3)
    queued = queue()
    one_pass()
    chain.seal_pending(now)
    return queued


def as_taken() -> list[Accepted]:
    """What a mail server would have written down of every delivery."""
    return [
        Accepted(
            at=0.0,
            connection=1,
            mail_id=row.mail_id,
            date=format_datetime(row.message.created_at),
            recipient=row.address,
            tokens=(row.contact.customer.name.rpartition(" ")[2],),
            link="",
            digest="",
        )
        for row in Delivery.objects.select_related("contact__customer", "message").order_by("pk")
    ]


def everybody(message: Message) -> list[tuple[int, list[int]]]:
    """Whom the message must reach."""
    return [(message.pk, list(message.deliveries.values_list("contact_id", flat=True)))]


def found(accepted: list[Accepted], message: Message, *, held: int = 0) -> list[str]:
    """What does not hold."""
    return check(accepted, held=held, audiences=everybody(message)).violations


def test_where_all_is_right_it_finds_nothing(message: Message) -> None:
    assert found(as_taken(), message) == []


Wrong = Callable[[list[Accepted]], list[Accepted]]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda rows: rows[1:], "is sent, but no server took it", id="lost"),
        pytest.param(lambda rows: [*rows, rows[0]], "1 repeats, but only 0", id="doubled"),
        pytest.param(lambda rows: [*rows, rows[0]], "the ledger does not know", id="doubled unknown"),
        pytest.param(lambda rows: [*rows, rows[0], rows[0]], "was taken 3 times", id="tripled"),
        pytest.param(lambda rows: [*rows, replace(rows[0], date="another")], "have different dates", id="another date"),
        pytest.param(
            lambda rows: [*rows, replace(rows[0], mail_id="<stranger@elsewhere>")], "is nobody's", id="stranger"
        ),
        pytest.param(
            lambda rows: [replace(rows[0], recipient=rows[1].recipient), *rows[1:]], "another address", id="misled"
        ),
        pytest.param(
            lambda rows: [replace(rows[0], tokens=rows[1].tokens), *rows[1:]], "instead of its own", id="foreign canary"
        ),
        pytest.param(
            lambda rows: [replace(rows[0], tokens=rows[0].tokens + rows[1].tokens), *rows[1:]],
            "instead of its own",
            id="a canary too many",
        ),
        pytest.param(
            lambda rows: [replace(rows[0], link="forged"), *rows[1:]], "is not its reader's", id="foreign link"
        ),
    ],
)
def test_it_finds_what_the_mail_server_should_not_have(message: Message, spoil: Wrong, words: str) -> None:
    assert any(words in line for line in found(spoil(as_taken()), message)), words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "queued"}, "is still queued"),
        ({"state": "sending"}, "is still sending"),
        ({"state": "bounced", "state_reason": ""}, "is bounced without a reason"),
        ({"state": "suppressed", "state_reason": "Opted out."}, "is suppressed, but a server took it"),
        ({"state": "unconfirmed", "state_reason": "Who knows."}, "is unconfirmed, but a server took it"),
    ],
)
def test_it_finds_what_the_database_should_not_say(message: Message, fields: dict[str, str], words: str) -> None:
    Delivery.objects.filter(pk=message.deliveries.order_by("pk")[0].pk).update(**fields)
    assert any(words in line for line in found(as_taken(), message)), words


def test_it_finds_a_reader_who_was_left_out(message: Message) -> None:
    (audience,) = everybody(message)
    expected = [(audience[0], [*audience[1], 0])]
    assert "I1: message" in str(check(as_taken(), audiences=expected))


def test_it_allows_one_repeat_for_each_mail_in_hand_when_the_ledger_knows(message: Message) -> None:
    first = message.deliveries.order_by("pk")[0]
    DeliveryEvent.objects.create(
        delivery=first, at=first.next_attempt_at, state=DeliveryState.SENT, attempt=2, is_repeat=True
    )
    rows = as_taken()
    assert found([*rows, rows[0]], message, held=1) == []
    assert found([*rows, rows[0]], message, held=0) != []
    assert found([*rows[1:], replace(rows[0], answered=False), rows[0]], message) == [], "a reset after the dot"


@pytest.fixture
def promise(message: Message, by_dana: Actor, by_ivo: Actor, now: datetime) -> Promise:
    """Kept by a second update."""
    declared = factories.incident(by_ivo, now - timedelta(hours=1))
    promise = Promise.objects.create(
        incident=declared, made_by=_update(declared, 1, now), made_at=now, due_at=now + timedelta(minutes=30)
    )
    deadline = Deadline.objects.create(kind=promises.KIND, key=str(promise.pk), due_at=promise.due_at, created_at=now)
    DeadlineStep.objects.create(deadline=deadline, name="step 1", fire_at=promise.due_at - timedelta(minutes=5))
    promises.settle(declared, _update(declared, 2, now), now=now)
    Notification.objects.update(state="failed", error="There is no mail server for staff here.")
    chain.seal_pending(now)
    return Promise.objects.get(pk=promise.pk)


def _update(incident: Incident, number: int, now: datetime) -> Update:
    return Update.objects.create(
        incident=incident,
        number=number,
        kind="progress",
        status="identified",
        subject="Payments are failing",
        body="Our engineers are working on it.",
        next_update_at=now + timedelta(hours=1),
        sent_at=now,
        sent_by_name="Dana Reyes",
        key=f"key {number}",
    )


def test_a_kept_promise_is_right(promise: Promise, message: Message) -> None:
    assert found(as_taken(), message) == []


def test_it_finds_a_step_that_fired_after_the_promise_was_kept(promise: Promise, message: Message) -> None:
    DeadlineStep.objects.filter(name="step 1").update(state="fired", done_at=promise.due_at)
    assert any("came after the promise was kept" in line for line in found(as_taken(), message))


def test_it_finds_a_step_that_fired_early_or_never_or_failed(promise: Promise, message: Message) -> None:
    step = DeadlineStep.objects.filter(name="step 1")
    step.update(state="fired", done_at=promise.made_at - timedelta(hours=1))
    assert any("came early" in line for line in found(as_taken(), message))
    step.update(state="pending", fire_at=promise.made_at - timedelta(hours=1))
    assert any("never came" in line for line in found(as_taken(), message))
    step.update(state="failed", error="ValueError")
    assert any("failed: ValueError" in line for line in found(as_taken(), message))


def test_it_finds_a_miss_that_is_not_recorded_or_twice(promise: Promise, message: Message, now: datetime) -> None:
    Promise.objects.filter(pk=promise.pk).update(outcome="missed", missed_at=now)
    assert any("recorded 0 times" in line for line in found(as_taken(), message))
    for _ in range(2):
        record("promise.missed", by=KEEPER, now=now, on=promise)
    assert any("recorded 2 times" in line for line in found(as_taken(), message))


def test_it_finds_a_notification_that_is_too_late_or_a_lie(promise: Promise, message: Message, now: datetime) -> None:
    note = Notification.objects.create(
        key="promise:1:step:1:1",
        purpose="reminder",
        person=User.objects.get(username="dana"),
        subject="Soon",
        body="Soon",
        promise=promise,
        state="sent",
        created_at=now + timedelta(minutes=1),
        next_attempt_at=now,
    )
    lines = found(as_taken(), message)
    assert any("was written after promise" in line for line in lines)
    assert any(f"notification {note.pk} is sent, but no server took it" in line for line in lines)


def test_it_finds_a_trail_that_does_not_verify(message: Message, now: datetime) -> None:
    record("incident.declared", by=KEEPER, now=now)
    assert any("1 audit entries are not sealed" in line for line in found(as_taken(), message))
    chain.seal_pending(now)
    last = AuditSeal.objects.order_by("-position").first()
    assert last is not None
    AuditSeal.objects.bulk_create(
        [
            AuditSeal(
                entry=record("more", by=KEEPER, now=now),
                position=last.position + 2,
                previous_hash="0" * 64,
                hash="1" * 64,
                sealed_at=now,
            )
        ]
    )
    assert any(line.startswith("I5: Seal") for line in found(as_taken(), message))
