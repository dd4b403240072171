"""Providers and other e-mail backends of Django."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
import requests
from anymail.exceptions import AnymailRequestsAPIError
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome, open_transport
from crisisdesk.core.transports.backend import judge
from tests.mail_servers import free_port

CONTENT = (
    b"Date: Tue, 10 Mar 2026 12:00:05 +0000\r\n"
    b'From: "Example Support" <support@status.example.com>\r\n'
    b"To: =?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_=22Jo=22?= <jo@acme.example>\r\n"
    b"Reply-To: <help@status.example.com>\r\n"
    b"Subject: =?utf-8?q?St=C3=B6rung?=\r\n"
    b"Message-ID: <1.2@status.example.com>\r\n"
    b"Auto-Submitted: auto-generated\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n'
    b"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=C3=BC=C3=9Fe\r\n--=_b\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>Gr=C3=BC=C3=9Fe\r\n--=_b--\r\n"
)
ENVELOPE = Envelope("support@status.example.com", "jo@acme.example", CONTENT, "<1.2@status.example.com>", "77")


def send() -> Answer:
    with open_transport("customers") as transport:
        return transport.send(ENVELOPE)


def test_any_backend_carries_the_same_mail(settings: Settings) -> None:
    settings.CUSTOMER_MAIL_URL = "backend+django.core.mail.backends.locmem.EmailBackend://"
    assert send().outcome is Outcome.ACCEPTED
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.subject, sent.body.strip()) == ("Störung", "Grüße")
    assert sent.to == ['"Jürgen \\"Jo\\"" <jo@acme.example>']
    assert str(sent.alternatives[0][0]).strip() == "<p>Grüße"
    written = sent.message()
    assert written["Message-ID"] == "<1.2@status.example.com>"
    assert written["Date"] == "Tue, 10 Mar 2026 12:00:05 +0000"
    assert written["Reply-To"] == "help@status.example.com"
    assert written["Auto-Submitted"] == "auto-generated"


def test_a_provider_gets_one_message_that_leads_back_to_its_delivery(settings: Settings) -> None:
    settings.CUSTOMER_MAIL_URL = "anymail+test://"
    answer = send()
    assert (answer.outcome, answer.provider_id) == (Outcome.ACCEPTED, "0")
    (sent,) = mail.outbox
    params: dict[str, Any] = vars(sent)["anymail_test_params"]
    assert params["metadata"] == {"delivery": "77"}
    assert [address.addr_spec for address in params["to"]] == ["jo@acme.example"]


def test_a_permit_that_is_gone_sends_nothing(settings: Settings) -> None:
    settings.CUSTOMER_MAIL_URL = "anymail+test://"
    with open_transport("customers") as transport:
        answer = transport.send(ENVELOPE, may_send=lambda: False)
    assert (answer.outcome, answer.code) == (Outcome.DEFERRED, "withheld")
    assert mail.outbox == []


def test_a_provider_without_its_key_is_a_broken_transport(settings: Settings) -> None:
    settings.CUSTOMER_MAIL_URL = "anymail+postmark://"
    settings.ANYMAIL = {}
    with pytest.raises(Exception, match="POSTMARK_SERVER_TOKEN"):
        send()


@pytest.fixture
def postmark(settings: Settings) -> Settings:
    settings.CUSTOMER_MAIL_URL = "anymail+postmark://"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": f"http://127.0.0.1:{free_port()}/"}
    return settings


def test_nobody_at_the_provider_is_a_broken_transport(postmark: Settings) -> None:
    answer = send()
    assert (answer.outcome, answer.fault) == (Outcome.BROKEN, Fault.CONNECTION)


def api_error(status: int) -> AnymailRequestsAPIError:
    response = requests.Response()
    response.status_code = status
    return AnymailRequestsAPIError(response=response)


@pytest.mark.parametrize(
    ("status", "outcome", "fault"),
    [
        (400, Outcome.REJECTED, Fault.OTHER),
        (401, Outcome.BROKEN, Fault.AUTHENTICATION),
        (403, Outcome.BROKEN, Fault.AUTHENTICATION),
        (404, Outcome.BROKEN, Fault.POLICY),
        (413, Outcome.REJECTED, Fault.CONTENT),
        (422, Outcome.REJECTED, Fault.OTHER),
        (429, Outcome.DEFERRED, Fault.THROTTLE),
        (503, Outcome.DEFERRED, Fault.THROTTLE),
        # It may have taken the mail before it failed: never repeated.
        (500, Outcome.UNKNOWN, Fault.CONNECTION),
        (504, Outcome.UNKNOWN, Fault.CONNECTION),
    ],
)
def test_it_reads_what_a_provider_answers(status: int, outcome: Outcome, fault: Fault) -> None:
    assert judge(api_error(status))[:2] == (outcome, fault)


@pytest.mark.parametrize(
    ("error", "outcome", "fault"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"5.1.1 unknown")}), Outcome.REJECTED, Fault.ADDRESS),
        (smtplib.SMTPDataError(451, b"later"), Outcome.DEFERRED, Fault.THROTTLE),
        (smtplib.SMTPAuthenticationError(535, b"no"), Outcome.BROKEN, Fault.AUTHENTICATION),
        (smtplib.SMTPSenderRefused(550, b"no", "a@b.example"), Outcome.BROKEN, Fault.POLICY),
        (smtplib.SMTPServerDisconnected("gone"), Outcome.UNKNOWN, Fault.CONNECTION),
        (ConnectionRefusedError(), Outcome.BROKEN, Fault.CONNECTION),
        (TimeoutError(), Outcome.UNKNOWN, Fault.CONNECTION),
        (RuntimeError("anything"), Outcome.UNKNOWN, Fault.OTHER),
    ],
)
def test_it_reads_what_other_backends_raise(error: Exception, outcome: Outcome, fault: Fault) -> None:
    assert judge(error)[:2] == (outcome, fault)
