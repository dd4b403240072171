"""Customers with canaries, an incident that concerns them all, and promises that tick while a fault lasts."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from benchmarks.people import make_people, put_on_call
from benchmarks.promised import make_incidents, make_policy, promise_all
from crisisdesk.core import clock
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from customers.models import Contact, Customer, Delivery, Message, Subscription
from incidents import promises
from incidents.models import Incident, Promise, Update
from tests import factories


@dataclass
class World:
    """Who and what there is."""

    dana: Actor
    incident: Incident
    contacts: tuple[int, ...]
    dice: random.Random
    updates: int = 0

    def send_update(self) -> Message:
        """The next message about the incident, which keeps the old promise and makes a new one."""
        self.updates += 1
        kind = "initial" if self.updates == 1 else "progress"
        key = f"fault-{self.updates}-{secrets.token_hex(4)}"
        factories.send(self.incident, kind, self.dana, clock.now(), key=key)
        message = Message.objects.in_thread(self.incident.reference).last()
        assert message is not None
        return message

    def top_up(self, at_least: int) -> None:
        """Send another update when fewer deliveries than that are still to be sent."""
        if Delivery.objects.open().count() < at_least:
            self.send_update()

    def audiences(self) -> list[tuple[int, tuple[int, ...]]]:
        """Each message of the incident and whom it must reach."""
        messages = Message.objects.in_thread(self.incident.reference).values_list("pk", flat=True)
        return [(pk, self.contacts) for pk in messages]

    def keep_all_promises(self) -> None:
        """So that the desk comes to rest."""
        while self.keep_a_promise():
            pass

    def keep_a_promise(self) -> bool:
        """Keep the ticking promise whose moment is nearest, as a send in that second would; False when none ticks."""
        now = clock.now()
        near = Promise.objects.open().exclude(incident=self.incident).filter(due_at__gt=now - timedelta(seconds=1))
        promise = near.order_by("due_at").first()
        if promise is None:
            return False
        with transaction.atomic():
            update = Update.objects.create(
                incident=promise.incident,
                number=2,
                kind="progress",
                status=promise.incident.status,
                subject=promise.incident.title,
                body="Our engineers are still working on it.",
                next_update_at=now + timedelta(hours=1),
                sent_at=now,
                sent_by_name="Dana Reyes",
                key=f"fault-keeps:{promise.pk}",
            )
            promises.settle(promise.incident, update, now=clock.now())
        return True


def make(readers: int, *, seed: int = 0, fault: str = "ok", promises_for: int = 0) -> World:
    """A vendor with so many customers of one reader each, `fault.<number>@…`, and a promise a second for so long."""
    now = clock.now()
    people = make_people()
    put_on_call(people, now)
    steps = make_policy()
    service = factories.service()
    add_readers(readers, fault=fault)
    ivo, dana = Actor.person(people[Group.OPERATIONS]), Actor.person(people[Group.SUPPORT])
    incident = factories.incident(ivo, now, services=[service])
    if promises_for:
        due = [now + timedelta(seconds=15 + second) for second in range(promises_for)]
        promise_all(make_incidents(len(due), now), due, steps, now)
    contacts = tuple(Contact.objects.values_list("pk", flat=True))
    return World(dana, incident, contacts, random.Random(seed))


def add_readers(count: int, *, fault: str = "ok") -> list[Contact]:
    """So many more customers with a canary in their name, each with one reader whose address asks for the fault."""
    service = factories.service()
    have = Customer.objects.count()
    customers = Customer.objects.bulk_create(
        Customer(name=f"Acme {number} canary-{secrets.token_hex(6)}", reference=f"acme-{number}")
        for number in range(have, have + count)
    )
    Subscription.objects.bulk_create(Subscription(customer=row, service=service) for row in customers)
    return Contact.objects.bulk_create(
        Contact(customer=row, name=f"Pat {row.pk}", email=f"{fault}.{row.pk}@{row.reference}.example")
        for row in customers
    )
