"""Senders that are killed at random moments: nothing is lost, at most one repeat for each connection of a kill."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.db import connection
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.models import Lease
from customers.models import Delivery, MessageState
from tests.customers.delivery.conftest import Queue
from tests.factories import contact, customer
from tests.mail_servers import ScriptedServer

CONNECTIONS = 3


class Senders:
    """Makes senders, one after another, and kills them."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as said:
            self._maker = subprocess.Popen(
                [sys.executable, "-m", "tests.customers.delivery.killed_sender"],
                env=os.environ | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )

    def start(self) -> int:
        """The process of a new one, once it holds the lease."""
        assert self._maker.stdin is not None
        self._maker.stdin.write("\n")
        self._maker.stdin.flush()
        words = {self._read(), self._read()}
        assert "running" in words, self._log.read_text()
        (pid,) = words - {"running"}
        return int(pid)

    def kill(self, pid: int) -> None:
        """As the kernel does when memory is short; the supervisor frees the lease of the dead at once."""
        os.kill(pid, signal.SIGKILL)
        assert self._read() == "gone"
        Lease.objects.filter(name="sender").update(expires_at=clock.now(), holder="", pid=None)

    def end(self) -> None:
        """No more of them."""
        self._maker.communicate()

    def _read(self) -> str:
        assert self._maker.stdout is not None
        return self._maker.stdout.readline().strip()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kills", "readers"), [(3, 150), pytest.param(25, 1500, marks=pytest.mark.full)], ids=["few", "many"]
)
def test_killed_senders_lose_nobody_and_repeat_one_mail_for_each_connection_at_most(
    kills: int, readers: int, queue: Queue, desk: Settings, tmp_path: Path
) -> None:
    acme = customer("Acme")
    for number in range(readers):
        contact(acme, f"Pat{number}")
    message = queue()
    held: list[int] = []
    dice = random.Random(42)
    with ScriptedServer(lambda event, argument: sleep(0.002) if event == "CONTENT" else None) as server:
        environment = {
            "DATABASE_URL": _database_url(),
            "CRISISDESK_TEST_RUN": "1",
            "LINK_KEYS": "k" * 40,
            "JOURNAL_DIR": str(desk.JOURNAL_DIR),
            "MAIL_DOMAIN": "status.example.com",
            "CUSTOMER_MAIL_URL": f"{server.url}?connections={CONNECTIONS}&timeout=5",
        }
        senders = Senders(environment, tmp_path / "senders.log")
        for _ in range(kills):
            process = senders.start()
            reached = len(server.received) + readers // (kills + 1)
            deadline = monotonic() + 5
            while len(server.received) < reached and monotonic() < deadline:
                sleep(0.002)
            sleep(dice.uniform(0, 0.1))
            senders.kill(process)
            held.append(Delivery.objects.filter(state="sending").count())
        process = senders.start()
        deadline = monotonic() + 60
        while message.state != MessageState.FINISHED and monotonic() < deadline:
            sleep(0.1)
            message.refresh_from_db()
        senders.kill(process)
        senders.end()
    assert any(held), "no kill met a sender with deliveries in hand"
    copies = Counter(str(mail.message["Message-ID"]) for mail in server.received)
    assert set(message.deliveries.values_list("state", flat=True)) == {"sent"}
    assert set(copies) == set(message.deliveries.values_list("mail_id", flat=True))
    repeated = sum(copies.values()) - readers
    assert repeated <= kills * CONNECTIONS
    assert max(copies.values()) <= 2


def _database_url() -> str:
    """The database of this test run, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{settings['NAME']}"
