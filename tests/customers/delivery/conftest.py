"""A desk that sends: links signed, a journal of its own, a mail server, and passes of the sender by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import QuerySet, Value
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine.loops import Pass
from customers.delivery import send
from customers.delivery.compose import queue_message
from customers.delivery.rendered import ReaderClass, Rendered
from customers.models import Contact, Message
from tests.mail_servers import OpenServer

TEXT = """Hello [[contact_name]] at [[customer_name]],

Payments fail.

Follow it: [[progress_url]]
[[preferences_url]]
"""
HTML = '<p lang="en">Hello [[contact_name]] at [[customer_name]]</p><a href="[[progress_url]]">Follow it</a>'


@pytest.fixture(autouse=True)
def desk(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a desk that may send, and no run of the sender left over."""
    settings.LINK_KEYS = ["k" * 40]
    settings.JOURNAL_DIR = tmp_path / "journal"
    settings.BASE_URL = "https://desk.example"
    settings.MAIL_DOMAIN = "status.example.com"
    settings.MAIL_FROM = "Example Support <support@status.example.com>"
    settings.REPLY_TO = "help@status.example.com"
    settings.DRILL_ADDRESS = "drill@status.example.com"
    settings.VENDOR_NAME = "Example Cloud"
    yield settings
    send.end_run()


@pytest.fixture
def now() -> datetime:
    """The present: what is queued long ago is given up."""
    return clock.now()


@pytest.fixture
def mail(desk: Settings) -> Iterator[OpenServer]:
    """A mail server that takes everything, and the desk sends to it."""
    with OpenServer() as server:
        desk.CUSTOMER_MAIL_URL = server.url
        yield server


class Lease:
    """The right to send, as a pass sees it; taken away by a test."""

    fence = 1

    def __init__(self) -> None:
        self.is_held = True

    def held(self) -> bool:
        return self.is_held

    def keep(self) -> bool:
        return self.is_held


def one_pass(*, fence: int = 1, now: datetime | None = None) -> int:
    """One pass of the sender; how many deliveries it dealt with."""
    lease = Lease()
    lease.fence = fence
    return send.run_pass(Pass(now or clock.now(), lease))


def render(reader: ReaderClass) -> Rendered:
    """The same words for everybody, with every token."""
    return Rendered(f"[Example] Payments are failing ({reader.language})", TEXT, HTML)


def everybody(reason: str = "uses Payments API") -> QuerySet[Contact]:
    """All contacts, as an audience."""
    return Contact.objects.annotate(reason=Value(reason))


Queue = Callable[..., Message]


@pytest.fixture
def queue(now: datetime, by_dana: Actor) -> Queue:
    """Queue a message to everybody, unless told otherwise."""

    def queue_it(
        recipients: QuerySet[Contact] | Sequence[QuerySet[Contact]] | None = None,
        *,
        kind: str = "initial",
        thread: str = "INC-42",
        priority: int = 10,
        is_drill: bool = False,
        words: Callable[[ReaderClass], Rendered] = render,
        at: datetime | None = None,
    ) -> Message:
        with transaction.atomic():
            return queue_message(
                thread_key=thread,
                kind=kind,
                priority=priority,
                is_drill=is_drill,
                recipients=everybody() if recipients is None else recipients,
                render=words,
                link_purpose="progress",
                by=by_dana,
                now=at or now,
            )

    return queue_it


def states(message: Message) -> dict[str, str]:
    """The state of each delivery, by the contact's name."""
    rows = message.deliveries.select_related("contact").order_by("contact__name")
    return {row.contact.name: row.state for row in rows}
