"""The mail tray receives over SMTP and shows what it got, whatever is in it."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path

import pytest

from crisisdesk.demonstration.tray.store import Store

HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True)
class Tray:
    """A running tray."""

    mail_port: int
    web_port: int
    process: subprocess.Popen[bytes]

    def send(self, *messages: EmailMessage) -> None:
        """Send over one connection."""
        with smtplib.SMTP("127.0.0.1", self.mail_port, timeout=10) as client:
            for message in messages:
                client.send_message(message)

    def get(self, path: str, *, host: str = "127.0.0.1:1") -> tuple[int, dict[str, str], str]:
        """Status, headers and text of a page."""
        connection = HTTPConnection("127.0.0.1", self.web_port, timeout=10)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, dict(answer.getheaders()), text

    def mails(self, search: str = "") -> list[dict[str, str]]:
        """What the tray holds, newest first."""
        found: list[dict[str, str]] = json.loads(self.get(f"/mails.json?q={search}")[2])
        return found


@pytest.fixture
def tray(tmp_path: Path) -> Iterator[Tray]:
    """A tray in a process of its own, on free ports."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    mail, web = listeners
    arguments = ["--file", str(tmp_path / "mail.sqlite3"), "--mail-fd", str(mail.fileno())]
    process = subprocess.Popen(
        [sys.executable, "-m", "crisisdesk.demonstration.tray", *arguments, "--web-fd", str(web.fileno())],
        pass_fds=[mail.fileno(), web.fileno()],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()},
    )
    found = Tray(mail.getsockname()[1], web.getsockname()[1], process)
    for listener in listeners:
        listener.close()
    yield found
    process.kill()
    process.wait()


def mail(to: str = "olga@acme.example", subject: str = "Payments are slow", html: str = "") -> EmailMessage:
    """A mail from the vendor."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "support@vendor.example", to, subject
    message.set_content("We are on it.\nNext update at 15:00.")
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_it_shows_the_newest_mail_first(tray: Tray) -> None:
    tray.send(mail("olga@acme.example"), mail("gus@globex.example", "It is over"))
    status, _, page = tray.get("/")
    assert status == 200
    assert page.index("gus@globex.example") < page.index("olga@acme.example")
    assert "2 mails, newest first" in page


def test_it_finds_the_mails_of_one_recipient(tray: Tray) -> None:
    tray.send(mail("olga@acme.example"), mail("gus@globex.example"), mail("o_ga@acme.example"))
    assert [row["to"] for row in tray.mails("globex")] == ["gus@globex.example"]
    # A wildcard of SQL is an ordinary letter.
    assert [row["to"] for row in tray.mails("o_ga")] == ["o_ga@acme.example"]
    page = tray.get("/?q=nobody")[2]
    assert "Nothing here for “nobody”" in page


def test_it_shows_a_mail_as_html_text_and_headers(tray: Tray) -> None:
    tray.send(mail(html="<html><head></head><body><p>We are <b>on it</b>.</p></body></html>"))
    number = tray.mails()[0]["id"]
    page = tray.get(f"/mail/{number}")[2]
    assert f'src="/mail/{number}/html" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "Next update at 15:00." in page
    assert "<th>From</th><td>support@vendor.example</td>" in page
    html = tray.get(f"/mail/{number}/html")[2]
    assert '<head><base target="_blank"></head><body><p>We are <b>on it</b>.</p>' in html
    assert "Subject: Payments are slow" in tray.get(f"/mail/{number}/source")[2]


def test_hostile_mail_stays_text_on_our_pages_and_runs_nothing_in_its_frame(tray: Tray) -> None:
    tray.send(mail(to='"x onmouseover=1"@acme.example', subject=HOSTILE, html=f"<p>Hello</p>{HOSTILE}"))
    number = tray.mails()[0]["id"]
    for path in ("/", f"/mail/{number}", f"/?q={HOSTILE}"):
        _, headers, page = tray.get(path)
        assert "<script" not in page
        assert "script" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    _, headers, _ = tray.get(f"/mail/{number}/html")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in headers["Content-Security-Policy"]
    assert "allow-scripts" not in headers["Content-Security-Policy"]
    _, headers, _ = tray.get(f"/mail/{number}/source")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no headers at all",
        b"Subject: =?utf-9?B?w7w=?=\r\n\r\nx",
        b'Content-Type: text/html; charset="no-such"\r\nSubject: \xff\xfe\r\n\r\n<p>\xff</p>',
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n",
    ],
)
def test_it_shows_mail_that_is_broken(tray: Tray, content: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", tray.mail_port, timeout=10) as client:
        client.sendmail("a@vendor.example", ["olga@acme.example"], content)
    number = tray.mails()[0]["id"]
    for path in ("/", f"/mail/{number}", f"/mail/{number}/html", f"/mail/{number}/source"):
        assert tray.get(path)[0] == 200


def test_it_answers_this_machine_by_its_own_names_only(tray: Tray) -> None:
    assert tray.get("/", host="localhost:8025")[0] == 200
    status, _, page = tray.get("/", host="evil.example:8025")
    assert status == 421
    assert "mails" not in page


def test_it_says_that_a_mail_is_not_there(tray: Tray) -> None:
    assert tray.get("/mail/99")[0] == 404
    assert tray.get("/mail/x")[0] == 404
    assert tray.get("/../store.py")[0] == 404


def test_it_keeps_nine_hundred_mails_and_pages_them(tray: Tray) -> None:
    tray.send(*[mail(f"person{number}@acme.example") for number in range(900)])
    page = tray.get("/")[2]
    assert "900 mails, newest first" in page
    assert page.count("<li>") == 50
    assert "person849@" not in page
    assert "person849@" in tray.get("/?before=851")[2]


def test_it_ends_when_it_is_asked_to(tray: Tray) -> None:
    tray.send(mail())
    tray.process.send_signal(signal.SIGTERM)
    assert tray.process.wait(10) == 0


def test_the_store_keeps_the_newest_and_survives_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "mail.sqlite3", kept=400)
    for number in range(500):
        store.add("a@vendor.example", [f"p{number}@acme.example"], b"Subject: x\r\n\r\ny", datetime.now(UTC))
    store.close()
    store = Store(tmp_path / "mail.sqlite3", kept=400)
    assert store.total() == 400
    assert store.listed(count=1)[0].recipient == "p499@acme.example"
    store.close()
