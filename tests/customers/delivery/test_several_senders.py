"""Several senders share the work: in one machine and on two."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from crisisdesk.core import clock
from customers.delivery import send
from customers.delivery.claim import Owner, claim
from customers.delivery.journal import Journal, host_of, new_owner_name
from customers.delivery.outlets import email_outlet
from customers.delivery.recover import BEGUN_WITHIN, foreign_grace, recover_dead_runs, recover_here
from customers.delivery.wake import sender_loops
from customers.models import Message
from tests.customers.delivery.conftest import Queue
from tests.factories import contact, customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(queue: Queue) -> Message:
    """A message to six contacts of Acme."""
    acme = customer("Acme")
    for number in range(6):
        contact(acme, f"Pat{number}")
    return queue()


def test_there_are_as_many_loops_as_the_setting_says_and_one_on_sqlite(settings: Settings) -> None:
    settings.CRISISDESK_SENDERS = 3
    several = ["sender", "sender 2", "sender 3"] if connection.vendor == "postgresql" else ["sender"]
    assert sender_loops() == several


def test_senders_share_the_connections_of_the_mail_url(desk: Settings) -> None:
    desk.CUSTOMER_MAIL_URL = "smtp://mx.example?connections=5"
    outlets = [email_outlet(number, 3) for number in range(3)]
    assert [outlet and outlet.connections for outlet in outlets] == [3, 2, None]
    desk.CUSTOMER_MAIL_URL = "smtp://mx.example?connections=1"
    assert [outlet and outlet.connections for outlet in (email_outlet(0, 3), email_outlet(1, 3))] == [1, None]


def test_a_machine_is_known_by_the_disk_its_journals_are_on(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    first, again, other = (host_of(new_owner_name(directory)) for directory in (here, here, there))
    assert first == again
    assert first != other


def test_a_claim_on_another_machine_is_left_alone_as_long_as_its_attempt_may_succeed(desk: Settings) -> None:
    desk.CUSTOMER_MAIL_URL = "smtp://mx.example"
    assert BEGUN_WITHIN.total_seconds() > send.PASS_SECONDS + 2 * send.PATIENCE_SECONDS
    assert foreign_grace() == timedelta(seconds=10 + (30 + 60) + 20)
    desk.CUSTOMER_MAIL_URL = "smtp://mx.example?timeout=20&data_timeout=300 smtp://other.example"
    assert foreign_grace() == timedelta(seconds=10 + (20 + 300) + 20)


def test_the_supervisor_settles_what_died_here_when_every_sender_is_elsewhere(message: Message, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    now = clock.now()
    journals = []
    for directory in (here, there):
        owner = Owner(new_owner_name(directory), 1)
        claim(message, owner=owner, now=now, limit=3)
        journals.append(Journal(directory, owner.name))
        assert journals[-1].open()
    assert recover_here(here, now=now) == 0
    for journal in journals:
        journal.release()
    assert recover_here(here, now=now) == 3
    assert recover_here(here, now=now) == 0
    assert message.deliveries.filter(state="sending").count() == 3
    assert recover_here(tmp_path / "nowhere", now=now) == 0


def test_a_living_sender_of_another_machine_keeps_its_claims(message: Message, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    owner = Owner(new_owner_name(there), 1)
    journal = Journal(there, owner.name)
    assert journal.open()
    now = clock.now()
    claim(message, owner=owner, now=now, limit=3)
    assert recover_dead_runs(here, new_owner_name(here), now=now + timedelta(seconds=119)) == 0
    assert message.deliveries.filter(claimed_by=owner.name).count() == 3
    journal.release()


def test_a_lost_machine_is_waited_for_and_then_its_claims_are_in_doubt(message: Message, tmp_path: Path) -> None:
    here, lost = tmp_path / "here", tmp_path / "lost"
    now = clock.now()
    claim(message, owner=Owner(new_owner_name(lost), 1), now=now, limit=3)
    assert recover_dead_runs(here, new_owner_name(here), now=now + timedelta(seconds=121)) == 3
    assert list(message.deliveries.order_by("id").values_list("unknowns", flat=True)) == [1, 1, 1, 0, 0, 0]


def test_each_machine_replays_its_own_journal(message: Message, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    now = clock.now()
    for directory in (here, there):
        dead = Owner(new_owner_name(directory), 1)
        claim(message, owner=dead, now=now, limit=3)
        journal = Journal(directory, dead.name)
        assert journal.open()
        journal.release()
    assert recover_dead_runs(here, new_owner_name(here), now=now) == 3
    assert recover_dead_runs(there, new_owner_name(there), now=now) == 3
    assert set(message.deliveries.values_list("state", "unknowns")) == {("queued", 0)}
