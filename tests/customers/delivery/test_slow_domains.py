"""One domain that tarpits, hangs or ends connections holds up nobody else; a thread that dies is replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest
from pytest_django import Settings

from crisisdesk.core.transports.lane import Lane
from customers.delivery import send
from customers.delivery.lines import Lines
from customers.delivery.pool import Line, ThreadsEnded
from customers.models import Channel, Message, SendingTrouble
from tests.customers.delivery.conftest import Queue, one_pass
from tests.factories import contact, customer
from tests.faults.mail_ledger import MailServer
from tests.mail_servers import RESET, OpenServer, ScriptedServer

pytestmark = pytest.mark.django_db


def readers(count: int, domain: str, fault: str = "ok") -> None:
    made = customer(domain)
    for number in range(count):
        contact(made, f"Pat {number} at {domain}", email=f"{fault}.{number}@{domain}")


def states(message: Message, domain: str) -> set[str]:
    return set(message.deliveries.filter(address__endswith=domain).values_list("state", flat=True))


def pass_until(message: Message, done: Callable[[], object], seconds: float = 30) -> None:
    end = monotonic() + seconds
    while monotonic() < end:
        one_pass()
        if done():
            return
        sleep(0.3)
    pytest.fail(f"It did not come to that: {states(message, '')}")


@pytest.mark.parametrize("fault", ["tarpit", "mute-answer"])
def test_the_others_are_done_while_one_domain_tarpits(fault: str, queue: Queue, desk: Settings, tmp_path: Path) -> None:
    # First in the queue, and more than the connections there are.
    readers(30, "slow.example", fault)
    for number in range(10):
        readers(4, f"acme-{number}.example")
    message = queue()
    with MailServer(tmp_path) as server:
        desk.CUSTOMER_MAIL_URL = f"{server.url}?connections=4&timeout=5&data_timeout=8"
        one_pass()
        arrived = [row.recipient.partition(".")[0] for row in server.ledger.rows()]
    assert arrived.count("ok") == 40
    last_of_the_others = len(arrived) - arrived[::-1].index("ok")
    assert arrived[:last_of_the_others].count(fault) <= 4
    waiting = message.deliveries.filter(address__endswith="slow.example", state="deferred")
    assert waiting.exists()
    assert all("slow.example takes mail slowly" in row.state_reason for row in waiting if not row.attempts)
    assert not SendingTrouble.objects.exists()


def test_a_domain_that_ends_every_connection_opens_no_fuse(queue: Queue, desk: Settings) -> None:
    readers(25, "reset.example")
    readers(30, "acme.example")
    message = queue()
    with ScriptedServer(lambda event, argument: RESET if event == "RCPT" and "reset.example" in argument else None) as (
        server
    ):
        desk.CUSTOMER_MAIL_URL = f"{server.url}?connections=4"
        one_pass()
        assert not send._current[Channel.EMAIL].breaker.failures
        pass_until(message, lambda: states(message, "acme.example") == {"sent"})
    assert states(message, "reset.example") == {"deferred"}
    # Most were not even tried: after ten lost connections the domain is left alone for a while.
    assert message.deliveries.filter(address__endswith="reset.example", attempts=0).exists()
    assert not SendingTrouble.objects.exists()


def test_a_thread_of_connections_that_dies_is_noticed_and_replaced(
    queue: Queue, mail: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers(60, "acme.example")
    message = queue()
    whole, turns = Lines._settle, [0]

    def settle(lines: Lines, now: float) -> None:
        turns[0] += 1
        if turns[0] == 20:
            raise RuntimeError("Nobody foresaw this.")
        whole(lines, now)

    monkeypatch.setattr(Lines, "_settle", settle)
    with pytest.raises(ThreadsEnded):
        one_pass()
    assert "sending" in states(message, "")
    pass_until(message, lambda: states(message, "") == {"sent"})
    copies = [str(one.message["Message-ID"]) for one in mail.received]
    assert set(copies) == set(message.deliveries.values_list("mail_id", flat=True))
    assert len(copies) - len(set(copies)) <= 4


def test_a_dead_thread_is_noticed_when_there_is_work_again(
    queue: Queue, mail: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers(2, "acme.example")
    first = queue()
    one_pass()
    with monkeypatch.context() as broken:
        broken.setattr(Lines, "_turn", None)
        send._current[Channel.EMAIL].pool._thread.join(5)  # type: ignore[union-attr]
    second = queue(thread="INC-43")
    with pytest.raises(ThreadsEnded):
        one_pass()
    pass_until(second, lambda: states(second, "") == {"sent"})
    assert states(first, "") == {"sent"}
    assert len(mail.received) == 4


def test_what_goes_wrong_over_one_connection_ends_that_one_alone(
    queue: Queue, mail: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers(40, "acme.example")
    message = queue()
    whole, reads = Lane.read, [0]

    def read(lane: Lane[object], now: float) -> None:
        reads[0] += 1
        if reads[0] == 10:
            raise RuntimeError("Nobody foresaw this.")
        whole(lane, now)

    monkeypatch.setattr(Lane, "read", read)
    one_pass()
    assert set(message.deliveries.values_list("state", flat=True)) <= {"sent", "deferred"}
    assert message.deliveries.filter(state="deferred").count() <= 2
    assert len(mail.received) >= 38


def test_a_thread_of_a_list_of_ways_that_dies_is_noticed_and_replaced(
    queue: Queue, mail: OpenServer, desk: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.CUSTOMER_MAIL_URL = f"{mail.url}?connections=2 smtp://127.0.0.1:1"
    readers(20, "acme.example")
    message = queue()
    whole, calls = Line.attempt_all, [0]

    def attempt_all(line: Line, jobs: object) -> object:
        calls[0] += 1
        if calls[0] == 5:
            raise SystemExit
        return whole(line, jobs)  # type: ignore[arg-type]

    monkeypatch.setattr(Line, "attempt_all", attempt_all)
    with pytest.raises(ThreadsEnded):
        one_pass()
    pass_until(message, lambda: states(message, "") == {"sent"})
    assert len(mail.received) == 20
