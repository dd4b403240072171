"""F9: what nobody can work with is set aside with its reason, and the rest goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django_q.models import OrmQ, Schedule
from pytest_django import Settings

from crisisdesk.core import clock, deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine import leases, loops, rings
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import DeadlineStep, Lease, User
from customers.delivery import wire
from customers.delivery.control import resume
from customers.models import Contact, Delivery, MessageContent, MessageState, SendingTrouble
from incidents.models import Notification
from incidents.oncall.notify import notify
from incidents.oncall.sender import send_ready
from tests.customers.delivery.conftest import Lease as Held
from tests.customers.delivery.conftest import Queue, one_pass
from tests.factories import contact, customer
from tests.mail_servers import OpenServer

pytestmark = pytest.mark.django_db


def test_a_recipient_nobody_can_write_to_is_set_aside(mail: OpenServer, queue: Queue) -> None:
    acme = customer("Acme")
    poison = {
        "no at": "nowhere",
        "two": "a@b@c.example",
        "line": "pat@acme.example\r\nRCPT TO:<all@acme.example>",
        "label": f"pat@{'x' * 64}.example",
        "angle": "pat>@acme.example",
        "blank": "pat smith@acme.example",
    }
    bad = [contact(acme, name) for name in poison]
    for row in bad:
        Contact.objects.filter(pk=row.pk).update(email=poison[row.name])
    good = [contact(acme, f"Pat{number}") for number in range(5)]
    message = queue()
    while one_pass():
        pass
    message.refresh_from_db()
    assert message.state == MessageState.FINISHED
    states = {row.contact_id: row for row in message.deliveries.all()}
    assert {states[row.pk].state for row in good} == {"sent"}
    for row in bad:
        assert states[row.pk].state in ("rejected", "suppressed"), row.name
        assert states[row.pk].state_reason, row.name
    assert sorted(one.recipient for one in mail.received) == sorted(row.email for row in good)


def test_a_message_nobody_can_write_pauses_and_the_others_go_on(
    mail: OpenServer, queue: Queue, desk: Settings, by_dana: Actor
) -> None:
    contact(customer("Acme"), "Pat")
    poisoned, other = queue(thread="INC-1"), queue(thread="INC-2")
    type(poisoned).objects.filter(pk=poisoned.pk).update(from_address="nobody")
    while one_pass():
        pass
    poisoned.refresh_from_db()
    other.refresh_from_db()
    assert (poisoned.state, other.state) == (MessageState.PAUSED, MessageState.FINISHED)
    assert "cannot be written" in poisoned.state_reason
    assert SendingTrouble.objects.get(message=poisoned).closed_at is None
    type(poisoned).objects.filter(pk=poisoned.pk).update(from_address=other.from_address)
    resume(poisoned, by=by_dana, now=clock.now())
    one_pass()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_text_that_breaks_its_writing_is_set_aside_and_the_others_go_on(
    mail: OpenServer, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a reader's own values make of the mail."""
    acme = customer("Acme")
    contact(acme, "Pat")
    contact(acme, "Kim")
    written = wire.Compiled.envelope

    def envelope(compiled: wire.Compiled, reader: wire.Reader) -> Any:
        if reader.name == "Kim":
            raise RecursionError
        return written(compiled, reader)

    monkeypatch.setattr(wire.Compiled, "envelope", envelope)
    message = queue()
    while one_pass():
        pass
    states = dict(message.deliveries.values_list("contact__name", "state"))
    assert states == {"Pat": "sent", "Kim": "rejected"}
    assert "could not be written" in message.deliveries.get(contact__name="Kim").state_reason


def test_words_with_unknown_tokens_are_no_code(mail: OpenServer, queue: Queue) -> None:
    contact(customer("Acme"), "Pat")
    message = queue()
    poison = "[[contact_name]] {{ settings.SECRET_KEY }} {% load x %} [[nobody]] %s {0.__class__}"
    MessageContent.objects.filter(message=message).update(text=poison)
    one_pass()
    body = mail.received[0].body()
    assert body.strip() == poison.replace("[[contact_name]]", "Pat")


def test_a_notification_nobody_can_write_fails_with_its_reason_and_the_next_one_leaves(
    desk: Settings, mail: OpenServer, ivo: User, dana: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.STAFF_MAIL_URL = mail.url
    User.objects.filter(pk=ivo.pk).update(email="ivo@@vendor")
    ivo.refresh_from_db()
    notify(
        [ivo, dana],
        key="poison",
        purpose=Notification.Purpose.PAGE,
        subject="Payments fail",
        body="See there.",
        link=reverse("admin:index"),
        now=now,
    )
    send_ready(Pass(clock.now(), Held()))
    rows = {note.person_id: note for note in Notification.objects.filter(key__startswith="poison")}
    assert rows[dana.pk].state == "sent"
    assert rows[ivo.pk].state == "failed"
    assert rows[ivo.pk].error


def test_a_step_that_always_fails_is_set_aside_and_the_others_fire(now: datetime) -> None:
    fired: list[str] = []

    def fire(step: DeadlineStep, at: datetime) -> None:
        if step.deadline.key == "poison":
            raise ValueError("poison")
        fired.append(step.deadline.key)

    deadlines.register("of the poison test", fire)
    for key in ("poison", "good"):
        deadlines.set_deadline(
            kind="of the poison test", key=key, due_at=now, steps=[deadlines.Step("only", now)], now=now
        )
    at = now
    for _ in range(deadlines.MAX_ATTEMPTS + 1):
        deadlines.fire_due(at)
        at += timedelta(minutes=5)
    assert fired == ["good"]
    poison = DeadlineStep.objects.get(deadline__key="poison")
    assert poison.state == "failed"
    assert poison.error.startswith("ValueError")


def test_a_schedule_row_with_bad_arguments_stops_no_loop(now: datetime) -> None:
    """django-q2's scheduler stumbles over such a row for ever; the supervisor rings for the loops without it."""
    rings.ensure_schedule()
    Schedule.objects.create(func="nowhere.at.all", args="((", kwargs="{", schedule_type="O", next_run=now)
    leases.ensure_rows([loop.name for loop in loops.registered()])
    Lease.objects.update(expires_at=now - timedelta(minutes=1), rung_at=None)
    assert rings.ring_free(now) == len(loops.registered())
    assert OrmQ.objects.filter(key=loops.CLUSTER).count() == len(loops.registered())
    rings.ensure_schedule()
    assert Schedule.objects.filter(name=rings.SCHEDULE).count() == 1
