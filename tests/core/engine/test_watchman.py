"""The watcher is watched: an external monitor hears that all is well, the operators that something is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.test import override_settings

from crisisdesk.core import clock, health
from crisisdesk.core.engine import checks, watchman
from crisisdesk.core.engine.watching import MAIL_AFTER, PING_EVERY, Watch
from crisisdesk.core.models import Heartbeat
from tests.core.engine.desk import Desk
from tests.mail_servers import OpenServer

ILL = ("The loop “deadlines” has not run for 31 s.",)


def test_it_tells_a_trouble_once_after_half_a_minute() -> None:
    watch = Watch(0)
    watch.look((), 1)

    told = [bool(watch.look(ILL, 100 + seconds).trouble) for seconds in (0, MAIL_AFTER - 0.1, MAIL_AFTER, 300, 4000)]

    assert told == [False, False, True, False, False]


def test_it_says_when_it_is_over_and_only_then() -> None:
    watch = Watch(0)
    watch.look(ILL, 10)
    watch.look(ILL, 40)

    assert watch.look((), 50).over_after == 50
    assert watch.look((), 55).over_after is None


def test_it_is_quiet_about_a_trouble_that_heals_by_itself() -> None:
    watch = Watch(0)
    watch.look((), 1)
    watch.look(ILL, 10)

    assert watch.look((), 30).over_after is None
    assert not watch.look(ILL, 45).trouble


def test_it_tells_of_a_desk_that_never_started() -> None:
    assert Watch(0).look(ILL, MAIL_AFTER).trouble == ILL


def test_it_pings_once_a_minute_while_all_is_well() -> None:
    watch = Watch(0)

    pings = [watch.look((), second).ping for second in (0, 5, PING_EVERY - 1, PING_EVERY, PING_EVERY + 5)]

    assert pings == [True, False, False, True, False]
    assert not watch.look(ILL, 500).ping


class Monitor(BaseHTTPRequestHandler):
    """An external monitor that answers as its server says."""

    def do_GET(self) -> None:
        """Count the ping."""
        self.server.pings.append(self.path)  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def monitor() -> Iterator[HTTPServer]:
    """Listening; `pings` are the paths asked for."""
    server = HTTPServer(("127.0.0.1", 0), Monitor)
    server.pings, server.status = [], 200  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_it_pings_the_monitor(monitor: HTTPServer) -> None:
    assert watchman.ping(f"http://127.0.0.1:{monitor.server_port}/secret-id")
    assert monitor.pings == ["/secret-id"]  # type: ignore[attr-defined]


def test_it_goes_on_when_the_monitor_fails_and_keeps_the_secret(
    monitor: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    monitor.status = 500  # type: ignore[attr-defined]

    assert not watchman.ping(f"http://127.0.0.1:{monitor.server_port}/secret-id")
    assert not watchman.ping("http://127.0.0.1:9/secret-id")

    assert "could not be told" in caplog.text
    assert "secret-id" not in caplog.text


def test_it_follows_no_other_scheme() -> None:
    with pytest.raises(ValueError, match="http"):
        watchman.ping("file:///etc/passwd")
    with override_settings(DEADMAN_URL="ftp://monitor.example"):
        assert [found.id for found in checks.check_watch()] == ["crisisdesk.E104"]


@pytest.mark.django_db
def test_it_mails_the_operators_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    found = health.Health(database=True, loops=(), supervisors=1, reasons=ILL)
    monkeypatch.setattr(health, "check", lambda: found)
    with (
        OpenServer() as server,
        override_settings(STAFF_MAIL_URL=server.url, ADMINS=[("Operators", "ops@vendor.example")]),
    ):
        watch = Watch(-1e9)
        watchman.look(watch, "supervisor a:1")
        watchman.look(watch, "supervisor a:1")

    (letter,) = server.received
    text = letter.content.decode()
    assert "Subject: CrisisDesk is in trouble" in text
    assert "/admin/" in text


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "speaks"), [("supervisor a:1", True), ("supervisor b:2", False)])
def test_it_leaves_the_mail_to_the_first_of_several_supervisors(name: str, speaks: bool) -> None:
    now = clock.now()
    for supervisor in ("supervisor a:1", "supervisor b:2"):
        Heartbeat.objects.create(name=supervisor, kind="supervisor", host="h", pid=1, beat_at=now)
    gone = now - timedelta(minutes=1)
    Heartbeat.objects.create(name="supervisor _:0", kind="supervisor", host="h", pid=1, beat_at=gone)

    assert watchman._speaks(name) is speaks


@pytest.mark.parametrize(("settings", "watches"), [({}, False), ({"ADMINS": [("O", "o@v.example")]}, True)])
def test_it_stands_by_only_where_there_is_somebody_to_tell(settings: dict[str, object], watches: bool) -> None:
    with override_settings(**{"DEADMAN_URL": "", "ADMINS": [], **settings}):
        assert (watchman.process() is not None) is watches


@pytest.mark.full
def test_it_mails_from_a_process_of_its_own_that_a_loop_fails(desk: Desk) -> None:
    with OpenServer() as server:
        desk.environment |= {"ADMIN_MAIL": "ops@vendor.example", "STAFF_MAIL_URL": server.url}
        desk.start()

        desk.wait_for(lambda: server.received, what="a mail about the poisoned loop", seconds=90)

        text = server.received[0].content.decode()
    assert "CrisisDesk is in trouble" in text
    assert "poison" in text
    assert "ops@vendor.example" not in desk.logged()


@pytest.mark.django_db
def test_it_pings_while_all_is_well(monkeypatch: pytest.MonkeyPatch, monitor: HTTPServer) -> None:
    found = health.Health(database=True, loops=(), supervisors=1, reasons=())
    monkeypatch.setattr(health, "check", lambda: found)
    watch = Watch(0)

    with override_settings(DEADMAN_URL=f"http://127.0.0.1:{monitor.server_port}/ping", ADMINS=[]):
        watchman.look(watch, "supervisor a:1")
        watchman.look(watch, "supervisor a:1")

    assert monitor.pings == ["/ping"]  # type: ignore[attr-defined]
