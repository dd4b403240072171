"""Any order, any repetition: the same reports lead to the same state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crisisdesk.core import clock
from crisisdesk.core.transports import Answer, Fault, Outcome
from customers.delivery.claim import Owner, claim
from customers.delivery.events import record_event
from customers.delivery.record import Answered, record
from customers.delivery.reports import (
    Kind,
    Report,
    Reported,
    decisive,
    enhanced_code,
    fault_of,
    outranks,
)
from customers.models import Delivery, DeliveryState, Message, SendingTrouble, Suppression
from tests.customers.delivery.conftest import Queue
from tests.factories import contact, customer

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 10, 14, tzinfo=UTC)


class Undo(Exception):
    """Ends an example without a trace."""


@pytest.fixture
def message(queue: Queue) -> Message:
    """Queued for Pat at Acme."""
    contact(customer("Acme"), "Pat", email="pat@acme.example")
    return queue()


reports = st.lists(
    st.builds(
        lambda number, kind, minute, code: (number, kind, minute, code),
        st.integers(1, 5),
        st.sampled_from(sorted(Kind)),
        st.integers(0, 5),
        st.sampled_from(["", "5.1.1", "5.2.2", "5.7.1"]),
    ),
    max_size=6,
    unique_by=lambda one: one[0],
)


def as_report(delivery: Delivery, number: int, kind: Kind, minute: int, code: str) -> Report:
    refused = kind in (Kind.BOUNCED, Kind.REJECTED)
    return Report(
        provider="Postmark",
        key=str(number),
        kind=kind,
        channel="email",
        occurred_at=START + timedelta(minutes=minute),
        delivery_id=delivery.pk,
        recipient="Pat@Acme.example",
        code=code if refused else "",
        text="said",
        fault=fault_of(code) if refused else Fault.NONE,
    )


def outcome_of(message: Message, told: list[Report]) -> tuple[object, ...]:
    """What stands after the reports, and then nothing of it."""
    found: tuple[object, ...] = ()
    try:
        with transaction.atomic():
            for report in told:
                record_event(report, now=clock.now())
            delivery = message.deliveries.select_related("contact").get()
            found = (
                delivery.state,
                delivery.state_reason,
                delivery.contact.preference,
                sorted(delivery.events.exclude(text="").values_list("state", "code", "text")),
                Suppression.objects.filter(lifted_at=None).count(),
                Message.objects.get().state,
                SendingTrouble.objects.filter(fault="policy").exists(),
            )
            raise Undo
    except Undo:
        return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data(), told=reports)
def test_any_order_and_any_repetition_lead_to_the_same(
    message: Message, data: st.DataObject, told: list[tuple[int, Kind, int, str]]
) -> None:
    delivery = message.deliveries.get()
    made = [as_report(delivery, *one) for one in told]
    repeated = data.draw(st.permutations(made + data.draw(st.lists(st.sampled_from(made)) if made else st.just([]))))
    assert outcome_of(message, made) == outcome_of(message, list(repeated))


@given(reports)
def test_more_knowledge_never_lowers_a_state(told: list[tuple[int, Kind, int, str]]) -> None:
    made = [Reported(kind, START + timedelta(minutes=minute), str(number)) for number, kind, minute, _ in told]
    ranks = list(DeliveryState)
    before = None
    for index in range(len(made) + 1):
        found = decisive(made[:index], retried_at=None)
        if before is not None:
            assert found is not None
            assert before.state is not None
            assert outranks(found, before.state, was_reported=True)
        before = found or before
    assert ranks


def test_a_report_before_the_senders_own_record_stands(message: Message) -> None:
    now = clock.now()
    owner = Owner("run", 1)
    (claimed,), _ = claim(message, owner=owner, now=now, limit=10)
    delivery = message.deliveries.get()
    record_event(as_report(delivery, 1, Kind.REJECTED, 0, "5.2.2"), now=now)
    taken = Answered(claimed, Answer(Outcome.ACCEPTED, "", "", "postmark", "id-1"))
    record("run", [taken], repeats_safely=False, now=now)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == ("rejected", "id-1")
    # It is no second copy.
    assert not delivery.events.filter(is_repeat=True).exists()


def test_an_unknown_outcome_is_settled_by_a_report(message: Message) -> None:
    now = clock.now()
    (claimed,), _ = claim(message, owner=Owner("run", 1), now=now, limit=10)
    lost = Answered(claimed, Answer(Outcome.UNKNOWN, "", "lost", "postmark", fault=Fault.CONNECTION))
    record("run", [lost], repeats_safely=False, now=now)
    delivery = message.deliveries.get()
    assert delivery.state == "unconfirmed"
    record_event(as_report(delivery, 1, Kind.DELIVERED, 0, ""), now=now)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.sent_at) == ("delivered", START)


def test_a_delivered_mail_is_not_sent_again(message: Message) -> None:
    delivery = message.deliveries.get()
    record_event(as_report(delivery, 1, Kind.DELIVERED, 0, ""), now=clock.now())
    assert claim(message, owner=Owner("run", 1), now=clock.now(), limit=10) == ([], 0)


def test_a_drill_that_bounces_suppresses_nobody(queue: Queue) -> None:
    contact(customer("Acme"), "Pat")
    delivery = queue(is_drill=True).deliveries.get()
    report = Report("Postmark", "1", Kind.COMPLAINED, "email", START, delivery_id=delivery.pk)
    assert record_event(report, now=clock.now()) is True
    assert not Suppression.objects.exists()


def test_a_report_about_nothing_of_ours_is_passed_over(message: Message) -> None:
    assert record_event(Report("Postmark", "1", Kind.DELIVERED, "email", START), now=START) is False
    unknown = Report("Postmark", "1", Kind.DELIVERED, "email", START, delivery_id=10**15)
    assert record_event(unknown, now=START) is False


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("smtp;550 5.1.1 no such user", "5.1.1"),
        ("550-5.7.26 This mail is unauthenticated", "5.7.26"),
        ("blocked, see 5.1.2.3 or host 10.5.1.1", ""),
        ("version 5.1.1-rc", "5.1.1"),
        ("(5.2.2)", "5.2.2"),
        ("", ""),
    ],
)
def test_it_finds_the_code_in_what_was_said(text: str, code: str) -> None:
    assert enhanced_code(text) == code


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("5.1.1", Fault.ADDRESS),
        ("5.1.8", Fault.POLICY),
        ("5.7.26", Fault.POLICY),
        ("5.2.2", Fault.MAILBOX),
        ("5.4.1", Fault.OTHER),
        ("", Fault.NONE),
    ],
)
def test_it_reads_whose_fault_it_is(code: str, fault: Fault) -> None:
    assert fault_of(code) is fault
