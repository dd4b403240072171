"""Handing mails over to a mail server, good and bad."""

from __future__ import annotations

import smtplib
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome
from crisisdesk.core.transports.addresses import UnusableAddress, travelling
from crisisdesk.core.transports.config import parse
from crisisdesk.core.transports.smtp import SmtpTransport
from tests.mail_servers import CLOSE, HANG, RESET, OpenServer, ScriptedServer, free_port
from tests.plugins.system import program

CONTENT = b"Subject: hello\r\n\r\n.a line that begins with a dot\r\nthe end\r\n"
PIPELINING = [(), ("PIPELINING",)]


def envelope(to: str = "pat@acme.example", content: bytes = CONTENT) -> Envelope:
    return Envelope("support@status.example.com", to, content, "<1@status.example.com>")


def send(
    server: ScriptedServer | OpenServer, *mails: Envelope, options: str = "?timeout=2&data_timeout=2"
) -> list[Answer]:
    with SmtpTransport(parse(server.url + options)) as transport:
        return [transport.send(mail) for mail in mails or (envelope(),)]


def only(event: str, reply: str, *, times: int = 10**6) -> Callable[[str, str], str | None]:
    """A rule: this reply to this event, so many times."""
    left = [times]

    def rule(happened: str, argument: str) -> str | None:
        if happened != event or left[0] == 0:
            return None
        left[0] -= 1
        return reply

    return rule


def test_it_hands_over_what_it_was_given_byte_by_byte() -> None:
    with OpenServer() as server:
        (answer,) = send(server)
    assert (answer.outcome, answer.code, answer.text) == (Outcome.ACCEPTED, "250 2.0.0", "taken")
    (received,) = server.received
    assert received.content == CONTENT
    assert received.recipient == "pat@acme.example"


@pytest.mark.parametrize("extensions", PIPELINING)
def test_it_keeps_one_connection_open_for_many_mails(extensions: tuple[str, ...]) -> None:
    with ScriptedServer(extensions=extensions) as server:
        answers = send(server, *(envelope(f"pat{number}@acme.example") for number in range(5)))
    assert [answer.outcome for answer in answers] == [Outcome.ACCEPTED] * 5
    assert server.connections == 1
    assert [mail.recipient for mail in server.received] == [f"pat{number}@acme.example" for number in range(5)]
    assert {mail.content for mail in server.received} == {CONTENT}


@pytest.mark.parametrize("extensions", PIPELINING)
@pytest.mark.parametrize(
    ("event", "reply", "outcome", "fault"),
    [
        ("MAIL", "452 4.3.1 no space", Outcome.DEFERRED, Fault.THROTTLE),
        ("RCPT", "450 4.2.1 greylisted", Outcome.DEFERRED, Fault.MAILBOX),
        ("RCPT", "550 5.1.1 unknown", Outcome.REJECTED, Fault.ADDRESS),
        ("RCPT", "550 5.7.1 relaying denied", Outcome.BROKEN, Fault.POLICY),
        ("DATA", "451 4.3.0 not now", Outcome.DEFERRED, Fault.THROTTLE),
        ("CONTENT", "554 5.6.0 malformed", Outcome.REJECTED, Fault.CONTENT),
        ("CONTENT", "421 4.3.2 going down", Outcome.DEFERRED, Fault.CONNECTION),
    ],
)
def test_a_refused_mail_does_not_stop_the_next(
    extensions: tuple[str, ...], event: str, reply: str, outcome: Outcome, fault: Fault
) -> None:
    with ScriptedServer(only(event, reply, times=1), extensions=extensions) as server:
        first, second = send(server, envelope("first@acme.example"), envelope("second@acme.example"))
    assert (first.outcome, first.fault) == (outcome, fault)
    assert second.outcome is Outcome.ACCEPTED
    assert [mail.recipient for mail in server.received] == ["second@acme.example"]


def test_a_server_that_opens_data_after_refusing_everybody_gets_no_content() -> None:
    # RFC 2920 §3.1: with pipelining DATA may be answered 354 although no recipient was taken.
    def rule(event: str, argument: str) -> str | None:
        return {"RCPT": "550 5.1.1 unknown", "DATA": "354 go on", "CONTENT": "554 no recipients"}.get(event)

    with ScriptedServer(rule) as server:
        (answer,) = send(server)
    assert (answer.outcome, answer.fault) == (Outcome.REJECTED, Fault.ADDRESS)
    assert "BODY" not in [event for event, _ in server.events]


@pytest.mark.parametrize("extensions", PIPELINING)
@pytest.mark.parametrize("how", [RESET, CLOSE, HANG])
@pytest.mark.parametrize("event", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_content_means_not_sent(event: str, how: str, extensions: tuple[str, ...]) -> None:
    with ScriptedServer(only(event, how), extensions=extensions) as server:
        (answer,) = send(server, options="?timeout=0.3")
    assert (answer.outcome, answer.fault) == (Outcome.DEFERRED, Fault.CONNECTION)
    assert server.received == []


@pytest.mark.parametrize("how", [RESET, CLOSE, HANG])
def test_a_connection_lost_after_the_content_means_that_nobody_knows(how: str) -> None:
    with ScriptedServer(only("CONTENT", how)) as server:
        (answer,) = send(server, options="?timeout=2&data_timeout=0.3")
    assert (answer.outcome, answer.fault) == (Outcome.UNKNOWN, Fault.CONNECTION)


def test_a_reset_inside_a_large_content_is_known_not_to_have_been_sent() -> None:
    large = CONTENT + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 200_000
    with ScriptedServer(only("BODY", RESET)) as server:
        (answer,) = send(server, envelope(content=large))
    assert (answer.outcome, answer.fault) == (Outcome.DEFERRED, Fault.CONNECTION)


def test_a_server_that_hung_up_between_two_mails_costs_nothing() -> None:
    answered = iter([None, CLOSE, None])
    with ScriptedServer(lambda event, argument: next(answered) if event == "MAIL" else None) as server:
        answers = send(server, envelope("first@acme.example"), envelope("second@acme.example"))
    assert [answer.outcome for answer in answers] == [Outcome.ACCEPTED] * 2
    assert server.connections == 2


def test_nobody_at_the_door_is_a_broken_transport() -> None:
    with SmtpTransport(parse(f"smtp://127.0.0.1:{free_port()}?timeout=1")) as transport:
        answer = transport.send(envelope())
    assert (answer.outcome, answer.fault) == (Outcome.BROKEN, Fault.CONNECTION)
    assert "refused" in answer.text


@pytest.mark.parametrize(
    ("event", "reply", "fault"),
    [
        ("CONNECT", "421 busy", Fault.CONNECTION),
        ("CONNECT", "554 5.7.1 blocked", Fault.POLICY),
        ("CONNECT", "hello, this is no mail server", Fault.CONNECTION),
        ("CONNECT", CLOSE, Fault.CONNECTION),
        ("CONNECT", HANG, Fault.CONNECTION),
        ("EHLO", RESET, Fault.CONNECTION),
        ("AUTH", "535 5.7.8 wrong password", Fault.AUTHENTICATION),
    ],
)
def test_a_server_that_does_not_let_us_in_is_a_broken_transport(event: str, reply: str, fault: Fault) -> None:
    with ScriptedServer(only(event, reply), extensions=("AUTH PLAIN",)) as server:
        url = f"smtp://desk:secret@127.0.0.1:{server.port}?timeout=0.3"
        with SmtpTransport(parse(url)) as transport:
            answer = transport.send(envelope())
    assert (answer.outcome, answer.fault) == (Outcome.BROKEN, fault)
    assert server.received == []


def test_it_signs_in_and_sends() -> None:
    with (
        ScriptedServer(extensions=("AUTH PLAIN", "PIPELINING")) as server,
        SmtpTransport(parse(f"smtp://desk:secret@127.0.0.1:{server.port}")) as transport,
    ):
        assert transport.send(envelope()).outcome is Outcome.ACCEPTED
    assert [event for event, _ in server.events].count("AUTH") == 1


def test_it_demands_encryption_where_the_setting_does() -> None:
    with ScriptedServer() as server:
        url = f"smtp+tls://127.0.0.1:{server.port}?timeout=1"
        with SmtpTransport(parse(url)) as transport:
            answer = transport.send(envelope())
    assert (answer.outcome, answer.fault) == (Outcome.BROKEN, Fault.TLS)


def test_it_asks_for_permission_right_before_the_content_leaves() -> None:
    with ScriptedServer() as server, SmtpTransport(parse(server.url)) as transport:
        answer = transport.send(envelope(), may_send=lambda: False)
        assert (answer.outcome, answer.code) == (Outcome.DEFERRED, "withheld")
        assert transport.send(envelope()).outcome is Outcome.ACCEPTED
    events = [event for event, _ in server.events]
    assert events[:5] == ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"]
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("pat@acme.example", "pat@acme.example"),
        ("pat@straße.example", "pat@xn--strae-oqa.example"),
        ("büro@acme.example", "büro@acme.example"),
        ("o'neil+desk@acme.example", "o'neil+desk@acme.example"),
    ],
)
def test_it_sends_domains_as_a_labels(address: str, expected: str) -> None:
    assert travelling(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "pat",
        "@acme.example",
        "pat@",
        "pat@acme..example",
        "pat@-acme.example",
        "pat pat@acme.example",
        "pat>\r\nRCPT TO:<eve@evil.example>@acme.example",
        "pat@acme.example>\r\nRCPT TO:<eve@evil.example",
        "pat\x00@acme.example",
        '"pat"@acme.example',
        "x" * 65 + "@acme.example",
    ],
)
def test_no_address_can_carry_another_command(address: str) -> None:
    with pytest.raises(UnusableAddress):
        travelling(address)


def test_an_unusable_address_is_refused_and_the_next_mail_goes_on() -> None:
    with OpenServer() as server:
        first, second = send(server, envelope("pat@acme..example"), envelope())
    assert (first.outcome, first.fault, first.code) == (Outcome.REJECTED, Fault.ADDRESS, "")
    assert second.outcome is Outcome.ACCEPTED


def test_an_international_address_goes_to_a_server_that_takes_it() -> None:
    with OpenServer() as server:
        (answer,) = send(server, envelope("büro@straße.example"))
    assert answer.outcome is Outcome.ACCEPTED
    assert server.received[0].recipient == "büro@xn--strae-oqa.example"


def test_an_international_address_is_refused_when_the_server_cannot_take_it() -> None:
    with ScriptedServer() as server:
        first, second = send(server, envelope("büro@acme.example"), envelope())
    assert (first.outcome, first.code) == (Outcome.REJECTED, "553 5.6.7")
    assert second.outcome is Outcome.ACCEPTED


def test_smtplib_still_keeps_the_name_that_a_certificate_is_checked_against() -> None:
    # `smtp.connect` sets this attribute of the standard client; a renamed one would switch verification off.
    assert hasattr(smtplib.SMTP(), "_host")
    assert Path(smtplib.__file__).read_text().count("server_hostname=self._host") == 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the name "localhost" that only its own file vouches for, and its key."""
    directory = tmp_path_factory.mktemp("tls")
    key, chain = directory / "key.pem", directory / "chain.pem"
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = [program("openssl"), *request.split(), "-keyout", str(key), "-out", str(chain)]
    subprocess.run(command, check=True, capture_output=True)
    return chain, key


def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """The server's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.mark.parametrize("scheme", ["smtps", "smtp+tls"])
def test_it_sends_encrypted_to_a_server_that_proves_its_name(scheme: str, certificate: tuple[Path, Path]) -> None:
    context = tls(certificate)
    options = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    with OpenServer(**options) as server:
        url = f"{scheme}://localhost:{server.port}?timeout=5&ca={certificate[0]}"
        with SmtpTransport(parse(url)) as transport:
            answer = transport.send(envelope())
    assert answer.outcome is Outcome.ACCEPTED, answer.text
    assert len(server.received) == 1


@pytest.mark.parametrize("scheme", ["smtps", "smtp+tls"])
@pytest.mark.parametrize(("host", "trusted"), [("localhost", False), ("127.0.0.1", True)])
def test_it_sends_nothing_to_a_server_that_cannot(
    scheme: str, host: str, *, trusted: bool, certificate: tuple[Path, Path]
) -> None:
    context = tls(certificate)
    options = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
    with OpenServer(**options) as server:
        ca = f"&ca={certificate[0]}" if trusted else ""
        with SmtpTransport(parse(f"{scheme}://{host}:{server.port}?timeout=5{ca}")) as transport:
            answer = transport.send(envelope())
    assert (answer.outcome, answer.fault) == (Outcome.BROKEN, Fault.TLS)
    assert server.received == []


def test_what_is_no_answer_to_a_content_means_that_nobody_knows() -> None:
    with ScriptedServer(only("CONTENT", "354 go on")) as server:
        (answer,) = send(server)
    assert answer.outcome is Outcome.UNKNOWN
