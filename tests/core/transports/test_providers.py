"""Providers' HTTP APIs, as servers of the tests' own: what they are asked, and what their answers come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome, open_transport
from crisisdesk.core.transports.sigv4 import Credentials, authorization
from tests.core.transports.test_backend import CONTENT
from tests.providers import (
    DROP,
    FAIL_AFTER,
    HANG,
    SES_KEY,
    SES_REGION,
    SES_SECRET,
    Provider,
    amazon_ses,
    mailgun,
    postmark,
    resend,
)

ENVELOPE = Envelope("support@status.example.com", "jo@acme.example", CONTENT, "<1.2@status.example.com>", "77")
APIS = {
    "postmark": (postmark, "/"),
    "mailgun": (mailgun, "/v3/"),
    "resend": (resend, "/"),
    "amazon_ses": (amazon_ses, "/"),
}


@pytest.fixture(params=sorted(APIS))
def provider(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Provider]:
    """Each of the providers in turn, and the desk sends by it."""
    answer, path = APIS[request.param]
    with Provider(answer) as server:
        settings.CUSTOMER_MAIL_URL = f"anymail+{request.param}://"
        settings.ANYMAIL = {
            f"{request.param.upper()}_API_URL": f"{server.url}{path}",
            "POSTMARK_SERVER_TOKEN": "postmark-token",
            "MAILGUN_API_KEY": "mailgun-key",
            "MAILGUN_SENDER_DOMAIN": "status.example.com",
            "RESEND_API_KEY": "resend-key",
            "AMAZON_SES_REGION": SES_REGION,
            "AMAZON_SES_ACCESS_KEY_ID": SES_KEY,
            "AMAZON_SES_SECRET_ACCESS_KEY": SES_SECRET,
            "REQUESTS_TIMEOUT": 1,
        }
        yield server


def send(envelope: Envelope = ENVELOPE) -> Answer:
    with open_transport("customers") as transport:
        return transport.send(envelope)


def test_it_takes_one_mail_for_one_reader_and_gives_it_an_id(provider: Provider) -> None:
    answer = send()
    assert provider.refused == []
    assert answer.outcome is Outcome.ACCEPTED
    assert answer.provider_id
    (taken,) = provider.taken
    shown = str(taken.form)
    assert "jo@acme.example" in shown
    assert not any(taken.form.get(name) for name in ("Cc", "Bcc", "cc", "bcc"))
    # What leads back to the delivery, and what must survive of the mail.
    assert "77" in str([taken.form.get(name) for name in ("Metadata", "v:delivery", "headers", "raw")])
    assert "<1.2@status.example.com>" in shown
    assert "auto-generated" in shown


@pytest.mark.parametrize(
    ("status", "outcome", "fault"),
    [
        (401, Outcome.BROKEN, Fault.AUTHENTICATION),
        (429, Outcome.DEFERRED, Fault.THROTTLE),
        (503, Outcome.DEFERRED, Fault.THROTTLE),
        (500, Outcome.UNKNOWN, Fault.CONNECTION),
        (DROP, Outcome.UNKNOWN, Fault.CONNECTION),
        (FAIL_AFTER, Outcome.UNKNOWN, Fault.CONNECTION),
    ],
)
def test_its_failures_are_told_apart(provider: Provider, status: int, outcome: Outcome, fault: Fault) -> None:
    provider.rule = lambda number: status
    answer = send()
    assert (answer.outcome, answer.fault) == (outcome, fault)
    # Nobody knows whether the mail is on its way, or it is refused: either way there is one request.
    assert provider.requests == 1


def test_no_answer_in_time_is_an_unknown_outcome(provider: Provider) -> None:
    provider.rule = lambda number: HANG
    assert send().outcome is Outcome.UNKNOWN


def test_a_wrong_key_is_found_by_the_provider(provider: Provider, settings: Settings) -> None:
    wrong = {"POSTMARK_SERVER_TOKEN": "x", "MAILGUN_API_KEY": "x", "RESEND_API_KEY": "x"}
    wrong["AMAZON_SES_SECRET_ACCESS_KEY"] = "x"
    settings.ANYMAIL = settings.ANYMAIL | wrong
    answer = send()
    assert (answer.outcome, answer.fault) == (Outcome.BROKEN, Fault.AUTHENTICATION)
    assert provider.taken == []


def test_an_address_the_provider_will_not_write_to_is_refused_for_good(settings: Settings) -> None:
    with Provider(postmark) as server:
        settings.CUSTOMER_MAIL_URL = "anymail+postmark://"
        settings.ANYMAIL = {"POSTMARK_API_URL": f"{server.url}/", "POSTMARK_SERVER_TOKEN": "postmark-token"}
        content = CONTENT.replace(b"jo@acme.example", b"gone@acme.example")
        answer = send(Envelope("s@status.example.com", "gone@acme.example", content, "<1.3@x>", "78"))
    assert answer.outcome is Outcome.REJECTED
    assert server.taken == []


def test_an_answer_that_names_no_mail_is_no_acceptance(settings: Settings) -> None:
    with Provider(postmark) as server:
        settings.CUSTOMER_MAIL_URL = "anymail+postmark://"
        settings.ANYMAIL = {"POSTMARK_API_URL": f"{server.url}/", "POSTMARK_SERVER_TOKEN": "postmark-token"}
        content = CONTENT.replace(b"jo@acme.example", b"odd@acme.example")
        answer = send(Envelope("s@status.example.com", "odd@acme.example", content, "<1.3@x>", "78"))
    assert answer.outcome is Outcome.UNKNOWN


def test_ids_are_kept_apart(provider: Provider) -> None:
    make: Callable[[int], Envelope] = lambda number: Envelope(  # noqa: E731
        ENVELOPE.sender, ENVELOPE.recipient, CONTENT.replace(b"<1.2@", f"<1.{number}@".encode()), "", str(number)
    )
    ids = {send(make(number)).provider_id for number in range(3)}
    assert len(ids) == 3


def test_whose_message_id_a_reader_sees_is_known(provider: Provider) -> None:
    answer = send()
    (taken,) = provider.taken
    if provider.answer is amazon_ses:
        assert answer.received_as == f"<{answer.provider_id}@eu-central-1.amazonses.com>"
        assert taken.form["raw"].startswith('X-Metadata: {"delivery": "77"}\r\n')
    else:
        assert answer.received_as == ""
    if provider.answer is postmark:
        assert {"Name": "X-PM-KeepID", "Value": "true"} in taken.form["Headers"]


@pytest.mark.parametrize(
    ("provider", "sender", "recipient", "outcome", "fault"),
    [
        ("postmark", "unconfirmed", "jo", Outcome.BROKEN, Fault.POLICY),
        ("amazon_ses", "unconfirmed", "jo", Outcome.BROKEN, Fault.POLICY),
        ("amazon_ses", "paused", "jo", Outcome.BROKEN, Fault.POLICY),
        ("amazon_ses", "support", "too-fast", Outcome.DEFERRED, Fault.THROTTLE),
        ("amazon_ses", "support", "jö", Outcome.REJECTED, Fault.CONTENT),
    ],
    indirect=["provider"],
)
def test_a_refusal_of_us_is_not_taken_for_one_of_the_reader(
    provider: Provider, sender: str, recipient: str, outcome: Outcome, fault: Fault
) -> None:
    content = CONTENT.replace(b"support@", f"{sender}@".encode()).replace(b"jo@", f"{recipient}@".encode())
    answer = send(Envelope(f"{sender}@status.example.com", f"{recipient}@acme.example", content, "<1@x>", "77"))
    assert (answer.outcome, answer.fault) == (outcome, fault)
    assert provider.taken == []


@pytest.mark.parametrize("provider", ["postmark", "mailgun", "amazon_ses"], indirect=True)
def test_a_mail_that_is_too_large_is_refused_as_such(provider: Provider, settings: Settings) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"REQUESTS_TIMEOUT": 60}
    large = CONTENT.replace(b"Gr=C3=BC=C3=9Fe", (b"x" * 76 + b"\r\n") * 420_000, 1)
    answer = send(Envelope("support@status.example.com", "jo@acme.example", large, "<1@x>", "77"))
    assert (answer.outcome, answer.fault) == (Outcome.REJECTED, Fault.CONTENT)
    assert provider.taken == []


def test_requests_are_signed_as_aws_shows() -> None:
    """The case "get-vanilla" of the published test suite for Signature Version 4."""
    now = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    key = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
    headers = {"Host": "example.amazonaws.com", "X-Amz-Date": "20150830T123600Z"}
    made = authorization(key, "GET", "https://example.amazonaws.com/", headers, b"", now)
    assert made.endswith("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
    assert "wJalr" not in repr(key)
