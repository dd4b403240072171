"""A mailing: readers, a mail of 4 KB in HTML and text, the press of the button, and the wait for its end."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from benchmarks.copying import analyse
from benchmarks.people import loader
from benchmarks.processes import desk, wait_for
from benchmarks.result import say
from crisisdesk.core import clock
from customers.delivery.compose import queue_message
from customers.delivery.rendered import ReaderClass, Rendered
from customers.models import Contact, Customer, DeliveryEvent, Message, MessageState

CUSTOMERS = 500
CONNECTIONS = 10
_LINE = "Payments by card fail for some of your buyers since 14:02 and we are working on it; nothing is lost.\n"
_TEXT = """Hello [[contact_name]] at [[customer_name]],

{words}
Follow it: [[progress_url]]
Your preferences: [[preferences_url]]
"""
_HTML = """<!doctype html><html lang="en"><body><p>Hello [[contact_name]] at [[customer_name]]</p>
{words}<p><a href="[[progress_url]]">Follow it</a> <a href="[[preferences_url]]">Your preferences</a></p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """One mailing that has ended: moments in seconds of this machine's clock."""

    message: Message
    pressed: float
    committed: float
    ended: float

    @property
    def per_second(self) -> float:
        """Deliveries from the commit to the last one recorded, each second."""
        return self.message.total / (self.ended - self.committed)


def make_readers(count: int) -> None:
    """Contacts of 500 customers; each one's name is a canary, "canary-" and its own number."""
    customers = Customer.objects.bulk_create(
        Customer(name=f"Customer {number}", reference=f"c{number}") for number in range(CUSTOMERS)
    )
    for start in range(0, count, 5000):
        Contact.objects.bulk_create(
            Contact(
                customer=customers[number % CUSTOMERS],
                name="Pat",
                email=f"reader{number}@customer-{number % CUSTOMERS}.example",
            )
            for number in range(start, min(start + 5000, count))
        )
    Contact.objects.update(name=Concat(Value("canary-"), Cast(F("pk"), CharField())))
    analyse()


def press_send(kind: str = "initial", *, priority: int = 10, thread: str = "INC-1") -> Message:
    """Freeze a message to everybody and commit."""
    with transaction.atomic():
        return queue_message(
            thread_key=thread,
            kind=kind,
            priority=priority,
            is_drill=False,
            recipients=Contact.objects.annotate(reason=Value("uses Payments API")),
            render=_render,
            link_purpose="progress",
            by=loader(),
            now=clock.now(),
        )


def _render(_reader: ReaderClass) -> Rendered:
    return Rendered("Payments are failing", _TEXT.format(words=_LINE * 10), _HTML.format(words=f"<p>{_LINE}</p>" * 11))


def send_all(thread: str, seconds: float = 900) -> Sent:
    """Press the button and wait until every delivery is recorded. A desk must be running."""
    pressed = time.time()
    message = press_send(thread=thread)
    committed = time.time()

    def has_ended() -> bool:
        message.refresh_from_db(fields=["state"])
        return message.state == MessageState.FINISHED

    wait_for(has_ended, "the end of the mailing", seconds=seconds)
    sent = Sent(message, pressed, committed, time.time())
    say(f"{message.total:,} sent in {sent.ended - committed:.1f} s, {sent.per_second:,.0f}/s")
    return sent


def send_through(folder: Path, mail_url: str, thread: str, settings: Sequence[tuple[str, str]] = ()) -> Sent:
    """The same by a desk that is started for it (`manage.py run --no-web`) and stopped afterwards."""
    os.environ.update(settings)
    analyse()
    with desk(folder, f"{mail_url}?connections={CONNECTIONS}", "--no-web"):
        sent = send_all(thread)
    accepted = DeliveryEvent.objects.filter(delivery__message=sent.message, state="sent").count()
    if accepted != sent.message.total:
        raise RuntimeError(f"{sent.message.total} deliveries, but {accepted} acceptances are in the ledger.")
    return sent
