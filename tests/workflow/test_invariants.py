"""Each invariant of the workflow can fail: a run that is tampered with is found out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from crisisdesk.core.models import AuditEntry, Deadline, DeadlineStep
from customers.models import Contact, Delivery
from incidents.models import Incident, Outcome, Promise, Update
from tests import factories
from tests.mail_servers import Received
from tests.workflow import invariants
from tests.workflow.world import World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    """An outage of Payments API: one update was sent and its promise missed; everything is settled and sealed."""
    world = make_world()
    incident = factories.incident(world.cast["ivo"], world.now, services=[world.service_of(0)])
    factories.send(incident, "initial", world.cast["dana"], world.now)
    world.deliver()
    for _ in range(31):
        world.now += MINUTE
        world.keep_promises()
    world.deliver()
    world.seal()
    return world


def audiences(world: World) -> dict[int, set[int]]:
    """Whom the only update had to reach."""
    return {Update.objects.get().pk: world.users_of({0})}


def check(world: World) -> None:
    """All five."""
    invariants.every_reader_is_settled(world, audiences(world))
    invariants.no_mail_comes_twice(world)
    invariants.nobody_reads_of_another(world)
    invariants.every_promise_is_kept_or_missed_once(world)
    invariants.the_audit_holds()


def customer_mail(world: World) -> int:
    """The place of a mail to a customer."""
    readers = set(Contact.objects.values_list("email", flat=True))
    return next(at for at, mail in enumerate(world.mails) if mail.recipient in readers)


def lose_a_mail(world: World) -> None:
    del world.mails[customer_mail(world)]


def double_a_mail(world: World) -> None:
    world.mails.append(world.mails[customer_mail(world)])


def mix_up_two_customers(world: World) -> None:
    at = customer_mail(world)
    mail: Received = world.mails[at]
    other = b"Globex-canary" if b"Globex-canary" not in mail.content else b"Acme-canary"
    message: EmailMessage = mail.message
    changed = message.as_bytes().replace(b"Payments are failing", b"Payments are failing " + other)
    world.mails[at] = Received(mail.sender, mail.recipients, changed)


def forget_a_reader(world: World) -> None:
    row = Delivery.objects.order_by("pk")[0]
    Delivery.objects.filter(pk=row.pk).update(contact=Contact.objects.exclude(deliveries__gt=0)[0])


def leave_one_open(world: World) -> None:
    Delivery.objects.filter(pk=Delivery.objects.order_by("pk")[0].pk).update(state="deferred")


def claim_that_it_was_kept(world: World) -> None:
    Promise.objects.update(outcome=Outcome.KEPT, missed_at=None)


def record_a_miss_twice(world: World) -> None:
    entry = AuditEntry.objects.get(action="promise.missed")
    entry.pk = None
    entry.save(force_insert=True)


def fire_early(world: World) -> None:
    step = DeadlineStep.objects.filter(state="fired", deadline__kind="promise").order_by("pk")[0]
    DeadlineStep.objects.filter(pk=step.pk).update(done_at=step.fire_at - MINUTE)


def forget_a_step(world: World) -> None:
    DeadlineStep.objects.filter(state="fired", deadline__kind="promise").update(state="pending", done_at=None)


def tell_nobody(world: World) -> None:
    Promise.objects.get().notifications.all().delete()


def fire_twice(world: World) -> None:
    DeadlineStep.objects.filter(state="fired").update(attempts=2)


TAMPERED = [
    lose_a_mail,
    double_a_mail,
    mix_up_two_customers,
    forget_a_reader,
    leave_one_open,
    claim_that_it_was_kept,
    record_a_miss_twice,
    fire_early,
    forget_a_step,
    tell_nobody,
    fire_twice,
]


@pytest.mark.parametrize("tamper", TAMPERED)
def test_it_finds_what_was_tampered_with(world: World, tamper: Callable[[World], None]) -> None:
    check(world)
    assert Incident.objects.count() == Deadline.objects.filter(kind="promise").count() == 1

    tamper(world)

    with pytest.raises(AssertionError):
        check(world)
