"""F10: a full disk, a network that is gone, a session that holds its locks: no false "sent", people know, it drains."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.models import User
from crisisdesk.core.transports import opening
from customers.delivery.send import end_run
from customers.delivery.trouble import open_troubles
from customers.models import Delivery, Message, MessageState
from incidents.models import Notification
from incidents.troubles import PATIENCE
from tests.customers.delivery.conftest import Queue, one_pass
from tests.faults import world
from tests.incidents.test_troubles import look
from tests.mail_servers import OpenServer, free_port

pytestmark = [pytest.mark.django_db, pytest.mark.full, pytest.mark.both]
READERS = 12


@pytest.fixture(autouse=True)
def _fresh() -> None:
    opening._route.cache_clear()


@pytest.fixture
def message(queue: Queue, dana: User, ivo: User) -> Message:
    """Queued to twelve readers; Dana and Ivo are there to be told."""
    world.add_readers(READERS)
    return queue()


def pass_in_vain(message: Message) -> None:
    """Pass after pass until there is somebody to tell, and then some more."""
    pass_for(6, message, until=open_troubles().exists)
    pass_for(1, message)


def pass_for(seconds: float, message: Message, *, until: Callable[[], bool] = lambda: False) -> None:
    """Pass after pass, in our own time: fuses count it."""
    end = monotonic() + seconds
    at = clock.now()
    while message.state != MessageState.FINISHED and monotonic() < end and not until():
        at += timedelta(minutes=1)
        try:
            one_pass(now=at)
        except OSError:
            end_run()
        sleep(0.2)
        message.refresh_from_db()


def assert_people_know(client: Client) -> None:
    """A banner on the console, and a notification to whoever is on call."""
    trouble = open_troubles().first()
    assert trouble is not None, "nobody would be told"
    assert trouble.reason
    look(trouble.opened_at + PATIENCE)
    told = Notification.objects.values_list("subject", flat=True)
    assert set(told) == {"[SENDING] mail to customers is held up"}
    assert trouble.reason in client.get("/admin/").content.decode().replace("&#x27;", "'")


def assert_drained(message: Message, server: OpenServer) -> None:
    """Everybody got it, once."""
    assert message.state == MessageState.FINISHED
    assert set(message.deliveries.values_list("state", flat=True)) == {"sent"}
    copies = Counter(str(one.message["Message-ID"]) for one in server.received)
    assert set(copies.values()) == {1}
    assert len(copies) == READERS
    assert not open_troubles().exists()


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    """A disk of a few pages, or a test left out: not every machine lets us mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("not run: this machine lets us mount no small disk")
    try:
        yield folder
    finally:
        end_run()
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Until nothing fits any more."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 512)
        except OSError:
            pass
    return filler


def test_a_full_disk_under_the_journal_sends_nothing_until_there_is_room(
    message: Message, mail: OpenServer, desk: Settings, tmp_path: Path, admin_of: Client
) -> None:
    with a_small_disk(tmp_path / "disk") as disk:
        desk.JOURNAL_DIR = disk
        filler = fill(disk)
        pass_in_vain(message)
        assert mail.received == []
        assert not Delivery.objects.filter(state="sent").exists()
        assert_people_know(admin_of)
        filler.unlink()
        pass_for(30, message)
        assert_drained(message, mail)


@pytest.fixture
def admin_of(dana: User) -> Client:
    """Dana, signed in to the console."""
    client = Client()
    client.force_login(dana)
    return client


@pytest.mark.parametrize("how", ["refused", "hung up", "no answer"])
def test_a_network_that_is_gone_sends_nothing_until_it_is_back(
    how: str, message: Message, desk: Settings, admin_of: Client
) -> None:
    port = free_port()
    desk.CUSTOMER_MAIL_URL = f"smtp://127.0.0.1:{port}?connections=2&timeout=0.3"
    with _nobody(how, port):
        pass_in_vain(message)
        assert set(Delivery.objects.values_list("state", flat=True)) <= {"queued", "deferred"}
        assert set(Delivery.objects.values_list("unknowns", flat=True)) == {0}
        assert_people_know(admin_of)
    server = OpenServer()
    server.port = port
    with server:
        pass_for(40, message)
    assert_drained(message, server)


@contextmanager
def _nobody(how: str, port: int) -> Iterator[None]:
    if how == "refused":
        yield
        return
    with closing(socket.create_server(("127.0.0.1", port))) as listener:
        ended = threading.Event()

        def hang_up() -> None:
            while not ended.is_set():
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        if how == "hung up":
            threading.Thread(target=hang_up, daemon=True).start()
        try:
            yield
        finally:
            ended.set()
            if how == "hung up":
                listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["delivery", "message"])
def test_a_session_that_keeps_its_locks_holds_up_what_it_locked_and_nothing_is_lost(
    table: str, message: Message, mail: OpenServer
) -> None:
    """Somebody's psql, left alone in a transaction over a few deliveries, or over the message itself."""
    place = connection.get_connection_params()
    server = {key: place[key] for key in ("host", "port", "user", "password", "dbname") if key in place}
    held = list(message.deliveries.order_by("pk").values_list("pk", flat=True)[:3])
    with psycopg.connect(**server) as idle:
        if table == "delivery":
            idle.execute("SELECT 1 FROM customers_delivery WHERE id = ANY(%s) FOR UPDATE", [held])
        else:
            idle.execute("SELECT 1 FROM customers_message WHERE id = %s FOR UPDATE", [message.pk])
        sender = threading.Thread(target=_passes, args=(10.0,), daemon=True)
        sender.start()
        expected = READERS - len(held) if table == "delivery" else READERS
        until = monotonic() + 10
        while len(mail.received) < expected and monotonic() < until:
            sleep(0.05)
        assert len(mail.received) == expected, "the rest went on"
        told = set(Delivery.objects.filter(state="sent").values_list("address", flat=True))
        assert told <= {one.recipient for one in mail.received}, "no false “sent”"
        idle.rollback()
    sender.join(30)
    pass_for(20, message)
    assert_drained(message, mail)


def _passes(seconds: float) -> None:
    until = monotonic() + seconds
    while monotonic() < until and Delivery.objects.open().exists():
        one_pass()
        sleep(0.1)
    connections.close_all()
