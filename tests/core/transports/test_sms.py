"""Twilio's library against a server that checks its requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome
from crisisdesk.core.transports.sms import TwilioConfig, sms_config_from_settings
from tests.mail_servers import free_port
from tests.providers import ACCOUNT, DROP, FAIL_AFTER, TOKEN, Provider, twilio


@pytest.fixture
def server() -> Iterator[Provider]:
    """A Twilio of our own."""
    with Provider(twilio) as provider:
        yield provider


def config(server: Provider, **more: str) -> TwilioConfig:
    given = {"sender": "+15005550006", "status_url": "https://desk.example/twilio/status/", **more}
    return TwilioConfig(account=ACCOUNT, token=given.pop("token", TOKEN), api_url=server.url, **given)  # type: ignore[arg-type]


def send(config: TwilioConfig, to: str = "+14155550123", text: str = "Grüße 😀") -> Answer:
    with config.open() as transport:
        return transport.send(Envelope("", to, text.encode(), "", "77"))


def test_a_text_leaves_from_our_number_and_leads_back(server: Provider) -> None:
    answer = send(config(server))
    assert (answer.outcome, answer.provider_id) == (Outcome.ACCEPTED, f"SM{1:032x}")
    (taken,) = server.taken
    assert taken.form == {
        "To": "+14155550123",
        "Body": "Grüße 😀",
        "From": "+15005550006",
        "StatusCallback": "https://desk.example/twilio/status/?delivery=77",
    }


def test_a_messaging_service_chooses_the_number(server: Provider) -> None:
    send(config(server, service="MG" + "1" * 32))
    assert server.taken[0].form["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in server.taken[0].form


def test_a_desk_nobody_can_call_back_asks_for_no_callback(server: Provider) -> None:
    send(config(server, status_url=""))
    assert "StatusCallback" not in server.taken[0].form


@pytest.mark.parametrize(
    ("to", "outcome", "fault", "code"),
    [
        ("+14155550000", Outcome.REJECTED, Fault.ADDRESS, "21211"),
        ("+14155551111", Outcome.REJECTED, Fault.MAILBOX, "21610"),
    ],
)
def test_a_refused_number_is_refused_for_good(
    server: Provider, to: str, outcome: Outcome, fault: Fault, code: str
) -> None:
    answer = send(config(server), to)
    assert (answer.outcome, answer.fault, answer.code) == (outcome, fault, code)
    assert to not in answer.text


def test_a_wrong_token_is_a_broken_transport(server: Provider) -> None:
    answer = send(config(server, token="wrong"))
    assert (answer.outcome, answer.fault, answer.code) == (Outcome.BROKEN, Fault.AUTHENTICATION, "20003")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(429, Outcome.DEFERRED), (503, Outcome.DEFERRED), (500, Outcome.UNKNOWN), (FAIL_AFTER, Outcome.UNKNOWN)],
)
def test_its_failures_are_told_apart(server: Provider, status: int, outcome: Outcome) -> None:
    server.rule = lambda number: status
    assert send(config(server)).outcome is outcome
    assert server.requests == 1


def test_a_lost_answer_is_an_unknown_outcome(server: Provider) -> None:
    server.rule = lambda number: DROP
    assert send(config(server)).outcome is Outcome.UNKNOWN
    assert server.requests == 1


def test_nobody_there_is_a_broken_transport(server: Provider) -> None:
    nobody = TwilioConfig(account=ACCOUNT, token=TOKEN, sender="+1", api_url=f"http://127.0.0.1:{free_port()}")
    answer = send(nobody)
    assert (answer.outcome, answer.fault) == (Outcome.BROKEN, Fault.CONNECTION)


def test_a_permit_that_is_gone_sends_nothing(server: Provider) -> None:
    with config(server).open() as transport:
        answer = transport.send(Envelope("", "+14155550123", b"x", ""), may_send=lambda: False)
    assert (answer.outcome, answer.code) == (Outcome.DEFERRED, "withheld")
    assert server.requests == 0


def test_neither_number_nor_text_nor_token_is_logged(server: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    send(config(server), text="a secret of ours")
    assert not any(word in caplog.text for word in ("4155550123", "secret of ours", TOKEN))
    assert TOKEN not in repr(config(server))


def test_without_settings_there_is_no_sms(settings: Settings) -> None:
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
    settings.TWILIO_FROM = settings.TWILIO_MESSAGING_SERVICE_SID = ""
    assert sms_config_from_settings() is None
    settings.TWILIO_FROM = "+15005550006"
    assert sms_config_from_settings() is not None
