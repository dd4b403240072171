"""Calendars that are read: what PagerDuty, Opsgenie, GoAlert and Google publish, and what is no calendar."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import AuditEntry, User
from incidents.models import CalendarFeed, FeedSpan, Notification
from incidents.oncall.who import find
from incidents.schedules.feeds import fetching
from incidents.schedules.feeds.fetching import FeedError, check_address, fetch
from incidents.schedules.feeds.matching import Directory, Known
from incidents.schedules.feeds.reader import read_pass
from incidents.schedules.feeds.reading import Named, read
from tests.incidents.schedules.cast import role

SAMPLES = Path(__file__).parent / "calendars"
START, END = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
SignIn = Callable[[User], Client]


class Kept:
    """A lease that nobody takes away."""

    fence = 1

    def held(self) -> bool:
        return True

    def keep(self) -> bool:
        return True


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.ics").read_bytes()


def found(body: bytes, zone: str = "UTC") -> list[tuple[str, str, str]]:
    return [line(named) for named in read(body, zone=zone, start=START, end=END)]


def line(named: Named) -> tuple[str, str, str]:
    return named.label, f"{named.start:%d %H:%M}", f"{named.end:%d %H:%M}"


def event(*lines: str) -> bytes:
    rows = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1", "SUMMARY:Ivo Brandt", *lines]
    return "\r\n".join([*rows, "END:VEVENT", "END:VCALENDAR", ""]).encode()


@contextmanager
def dripping_server(start: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server on this machine that gives one byte every tenth of a second after `start`, for at most ten seconds."""
    given: list[bytes] = []

    def drip(listening: socket.socket) -> None:
        with suppress(OSError):
            taken, _ = listening.accept()
            with taken:
                taken.sendall(start)
                for _ in range(100):
                    taken.sendall(b"x")
                    given.append(b"x")
                    sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/secret.ics", given
    thread.join(timeout=15)


@contextmanager
def calendar_server(answers: list[tuple[int, dict[str, str], bytes]]) -> Iterator[tuple[str, list[str | None]]]:
    """A server on this machine that gives these answers in turn, the last one again and again; notes If-None-Match."""
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.headers.get("If-None-Match"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/private/secret.ics", asked
    finally:
        server.shutdown()
        server.server_close()


class TestReading:
    def test_pagerduty_names_people_by_address(self) -> None:
        assert found(sample("pagerduty")) == [
            ("ivo@vendor.example", "09 08:00", "16 08:00"),
            ("stranger@elsewhere.example", "16 08:00", "23 08:00"),
        ]

    def test_opsgenie_names_people_in_the_title_in_a_zone_and_over_the_clocks(self) -> None:
        assert found(sample("opsgenie")) == [
            ("petra@vendor.example", "09 08:00", "16 08:00"),
            ("Ivo Brandt", "23 08:00", "30 07:00"),
        ]

    def test_goalert_names_nobody(self) -> None:
        assert found(sample("goalert")) == [("On-Call (GoAlert: Operations)", "10 08:00", "11 08:00")]

    def test_google_repeats_leaves_out_moves_and_knows_whole_days(self) -> None:
        rows = found(sample("google"), "Asia/Kathmandu")
        assert rows[:4] == [
            ("Nights: Ivo Brandt", "09 21:00", "10 05:00"),
            ("Nights: Ivo Brandt", "10 21:00", "11 05:00"),
            ("Nights: Petra Weiss", "12 19:00", "13 05:00"),
            ("noor@vendor.example", "13 18:15", "15 18:15"),
        ]
        assert ("Nights: Ivo Brandt", "30 20:00", "31 04:00") in rows, "after the clocks went forward"

    def test_a_time_without_a_zone_is_in_the_zone_of_the_feed(self) -> None:
        body = event("DTSTART:20260310T090000", "DURATION:PT8H")
        assert found(body, "Asia/Kathmandu") == [("Ivo Brandt", "10 03:15", "10 11:15")]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"<!doctype html><title>Sign in</title>", "not a calendar but a web page"),
            (b"", "not a calendar"),
            (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "damaged or cut off"),
            (b"BEGIN:VCALENDAR\r\n\xff\xfe", "not written in UTF-8"),
            (b"BEGIN:VCALENDAR\r\nX:\x00\r\nEND:VCALENDAR", "characters that no text has"),
            (event("DTSTART:20260310T000000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"), "more often than once a day"),
            (event("DTSTART:20260310T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYHOUR=1,2,3"), "more often"),
            (event("DTSTART:00010101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"), "since before 2000"),
            (event("DTSTART:20260310T000000Z", "DTEND:20300310T000000Z"), "longer than a year"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_the_reason(self, body: bytes, words: str) -> None:
        with pytest.raises(FeedError, match=words):
            read(body, zone="UTC", start=START, end=END)


class TestMatching:
    directory = Directory.of(
        [
            Known(1, "Ivo Brandt", "ivo@vendor.example", "ivo"),
            Known(2, "Petra Weiss", "petra@vendor.example", "petra"),
            Known(3, "Sam Lee", "sam1@vendor.example"),
            Known(4, "Sam Lee", "sam2@vendor.example"),
        ]
    )

    @pytest.mark.parametrize(
        ("label", "person"),
        [
            ("IVO@vendor.example", 1),
            ("On Call - Petra Weiss - Operations", 2),
            ("Nights: Ivo  Brandt", 1),
            ("Ivo Brandt is on call", 1),
            ("ivo", 1),
            ("Ivo Brandtner", None),
            ("Ivo Brandt and Petra Weiss", None),
            ("Sam Lee", None),
            ("sam2@vendor.example", 4),
            ("On-Call (GoAlert: Operations)", None),
            ("", None),
        ],
    )
    def test_only_a_whole_name_or_address_means_somebody(self, label: str, person: int | None) -> None:
        assert self.directory.find(label) == person


class TestFetching:
    @pytest.mark.parametrize(
        "address",
        [
            "https://127.0.0.1/a.ics",
            "https://10.1.2.3/a.ics",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/a.ics",
            "https://[::ffff:127.0.0.1]/a.ics",
            "https://[64:ff9b::7f00:1]/a.ics",
            "https://0.0.0.0/a.ics",
            "https://[fe80::1]/a.ics",
            "https://224.0.0.1/a.ics",
        ],
    )
    def test_no_address_inside_is_asked(self, address: str) -> None:
        with pytest.raises(FeedError, match="inside your own network"):
            fetch(address)

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("ftp://calendars.example/a.ics", "must begin with https"),
            ("http://calendars.example/a.ics", "must begin with https"),
            ("file:///etc/passwd", "must begin with https"),
            ("https://user:word@calendars.example/a.ics", "no password|no user name"),
            ("https://calendars.example:99999/a.ics", "not an address"),
            ("nonsense", "must begin with https"),
        ],
    )
    def test_an_address_that_is_none_is_refused(self, address: str, words: str) -> None:
        with pytest.raises(FeedError, match=words):
            check_address(address)

    def test_webcal_is_https(self) -> None:
        assert check_address("webcal://calendars.example/a.ics").geturl() == "https://calendars.example/a.ics"

    def test_it_reads_with_a_tag_and_follows_no_redirect(self, settings: Settings) -> None:
        settings.INSIDE_HOSTS = ["127.0.0.1"]
        answers = [(200, {"ETag": '"one"'}, sample("pagerduty")), (304, {}, b""), (302, {"Location": "/x"}, b"")]
        with calendar_server(answers) as (url, asked):
            first = fetch(url)
            assert first.body == sample("pagerduty")
            assert fetch(url, first.tag).body is None
            assert asked == [None, '"one"']
            with pytest.raises(FeedError, match="leads elsewhere"):
                fetch(url)

    def test_it_stops_at_the_limit_of_size_and_says_what_an_error_means(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.INSIDE_HOSTS = ["127.0.0.1"]
        monkeypatch.setattr(fetching, "LARGEST", 1000)
        with calendar_server([(200, {}, b"x" * 5000), (404, {}, b""), (500, {}, b"")]) as (url, _):
            for words in ("larger than", "not there any more", "HTTP 500"):
                with pytest.raises(FeedError, match=words):
                    fetch(url)
        with pytest.raises(FeedError, match=r"No answer from 127\.0\.0\.1") as refused:
            fetch(url)
        assert "secret" not in str(refused.value)

    @pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n", b""])
    def test_a_server_that_drips_is_cut_after_the_whole_time(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, start: bytes
    ) -> None:
        settings.INSIDE_HOSTS = ["127.0.0.1"]
        monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.6)
        with dripping_server(start) as (url, given):
            with pytest.raises(FeedError, match="took longer than 1 s to answer"):
                fetch(url)
            assert given, "it was still giving bytes"


@pytest.mark.django_db
class TestKeeping:
    def test_the_loop_reads_keeps_the_last_good_copy_and_tells_of_errors(
        self, settings: Settings, ivo: User, ada: User, now: datetime
    ) -> None:
        settings.INSIDE_HOSTS = ["127.0.0.1"]
        answers: list[tuple[int, dict[str, str], bytes]] = [
            (200, {}, sample("pagerduty")),
            (500, {}, b""),
            (500, {}, b""),
            (200, {}, b"<html>"),
        ]
        with calendar_server(answers) as (url, _):
            feed = CalendarFeed.objects.create(name="PagerDuty", role=role(), url=url, next_read_at=now)
            assert read_pass(Pass(now, Kept())) == 1
            assert read_pass(Pass(now, Kept())) == 0
            assert [person.first_name for person in find([role()], now, "primary")[0].people] == ["Ivo"]
            assert list(feed.names.filter(person=None).values_list("name", flat=True)) == ["stranger@elsewhere.example"]
            for minutes in (15, 76, 140):
                assert read_pass(Pass(now + timedelta(minutes=minutes), Kept())) == 1
        feed.refresh_from_db()
        assert "not a calendar but a web page" in feed.error
        assert (feed.read_at, feed.failing_since) == (now, now + timedelta(minutes=15))
        assert FeedSpan.objects.count() == 2, "what was read last still holds"
        told = Notification.objects.get()
        assert (told.person, told.subject) == (ada, "[ON CALL] The calendar “PagerDuty” can't be read")
        assert "still holds" in told.body
        assert "secret" not in told.body

    def test_an_administrator_gives_a_file_and_says_whom_a_name_means(
        self, signed_in: SignIn, ivo: User, petra: User, ada: User
    ) -> None:
        client = signed_in(ada)
        where = "/admin/incidents/calendarfeed/"
        form = {"name": "PagerDuty", "role": str(role().pk), "rank": "primary", "time_zone": "UTC", "is_active": "on"}
        form |= {"names-TOTAL_FORMS": "0", "names-INITIAL_FORMS": "0", "url": ""}
        wrong = client.post(f"{where}add/", form | {"upload": SimpleUploadedFile("a.ics", b"<html>")})
        assert "not a calendar but a web page" in wrong.content.decode()
        assert 'value="PagerDuty"' in wrong.content.decode()
        assert "Give the address of the calendar, or a file." in client.post(f"{where}add/", form).content.decode()
        body = event(f"DTSTART:{datetime.now(UTC):%Y%m%dT%H%M%SZ}", "DURATION:PT8H", "ATTENDEE:x@elsewhere.example")
        good = client.post(f"{where}add/", form | {"upload": SimpleUploadedFile("a.ics", body)})
        assert good.status_code == 302
        feed = CalendarFeed.objects.get()
        name = feed.names.get()
        assert (name.name, name.person, feed.spans.count()) == ("x@elsewhere.example", None, 1)
        page = client.get(f"{where}{feed.pk}/change/").content.decode()
        assert "x@elsewhere.example" in page
        form |= {"names-TOTAL_FORMS": "1", "names-INITIAL_FORMS": "1", "names-0-id": str(name.pk)}
        form |= {"names-0-feed": str(feed.pk), "names-0-person": str(petra.pk)}
        assert client.post(f"{where}{feed.pk}/change/", form).status_code == 302
        name.refresh_from_db()
        assert (name.person, name.is_chosen) == (petra, True)
        assert find([role()], datetime.now(UTC) + timedelta(minutes=1), "primary")[0].people == (petra,)
        made = AuditEntry.objects.filter(action__startswith="oncall.feed")
        assert [entry.action for entry in made.order_by("id")] == ["oncall.feed_made", "oncall.feed_changed"]

    def test_an_address_is_not_shown_again_and_only_administrators_write(
        self, signed_in: SignIn, ivo: User, ada: User, now: datetime
    ) -> None:
        url = "https://calendars.example/private/secret.ics"
        feed = CalendarFeed.objects.create(name="PagerDuty", role=role(), url=url, next_read_at=now, error="It fails")
        where = f"/admin/incidents/calendarfeed/{feed.pk}/change/"
        for person in (ada, ivo):
            for page in (where, "/admin/incidents/calendarfeed/", "/admin/on-call/"):
                shown = signed_in(person).get(page).content.decode()
                assert "secret.ics" not in shown
                assert "PagerDuty" in shown
        assert "It fails" in signed_in(ivo).get("/admin/on-call/").content.decode()
        assert signed_in(ivo).post(where, {"name": "x"}).status_code == 403
