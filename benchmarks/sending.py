"""Mail to customers without a pause, for a benchmark that looks at something else beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

from django.db import connection

from benchmarks.mailing import press_send
from customers.models import Contact, Delivery

LOOK_SECONDS = 0.5


@contextmanager
def sending() -> Iterator[None]:
    """Another message to everybody whenever less than one such is left to send."""
    ended = threading.Event()
    thread = threading.Thread(target=_feed, args=(ended,))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def rate_between(began: datetime, until: datetime) -> float:
    """Deliveries accepted each second, by the ledger."""
    sent = Delivery.objects.filter(sent_at__gte=began, sent_at__lt=until).count()
    return sent / (until - began).total_seconds()


def _feed(ended: threading.Event) -> None:
    readers = Contact.objects.count()
    numbers = count(1)
    try:
        while not ended.is_set():
            if Delivery.objects.open().count() < readers:
                # Threads of their own: a newer message of the same one would take the older one's place.
                press_send(priority=50, thread=f"INC-{900_000 + next(numbers)}")
            ended.wait(LOOK_SECONDS)
    finally:
        connection.close()
