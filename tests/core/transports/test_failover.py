"""A list of ways out, with real servers: the next is taken while one does not work, and nothing is sent twice."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome, fuse, open_transport, opening
from crisisdesk.core.transports.config import split_urls
from crisisdesk.core.transports.envelope import WITHHELD
from crisisdesk.core.transports.fuse import Fuse
from tests.core.transports.test_backend import CONTENT
from tests.mail_servers import CLOSE, OpenServer, ScriptedServer, free_port

ENVELOPE = Envelope("support@status.example.com", "jo@acme.example", CONTENT, "<1.2@status.example.com>", "77")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fuses of this test's own, and short pauses."""
    monkeypatch.setattr(fuse, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(fuse, "LONGEST_PAUSE_SECONDS", 0.05)
    opening._route.cache_clear()
    yield
    opening._route.cache_clear()


def send() -> Answer:
    with open_transport("customers") as transport:
        return transport.send(ENVELOPE)


def test_a_setting_names_several_ways() -> None:
    assert split_urls("smtp://a:25") == ["smtp://a:25"]
    assert split_urls(" smtp://a:25, smtp+tls://u:p,w@b anymail+postmark:// ") == [
        "smtp://a:25",
        "smtp+tls://u:p,w@b",
        "anymail+postmark://",
    ]


def test_the_first_way_is_taken_while_it_works(settings: Settings) -> None:
    with OpenServer() as one, OpenServer() as two:
        settings.CUSTOMER_MAIL_URL = f"{one.url}, {two.url}"
        assert send().outcome is Outcome.ACCEPTED
        assert (len(one.received), len(two.received)) == (1, 0)


def test_what_the_first_never_got_goes_by_the_second(settings: Settings) -> None:
    with OpenServer() as two:
        settings.CUSTOMER_MAIL_URL = f"smtp://127.0.0.1:{free_port()} {two.url}"
        answer = send()
        assert (answer.outcome, answer.transport) == (Outcome.ACCEPTED, two.url.removeprefix("smtp://"))
        assert len(two.received) == 1


def test_a_killed_server_is_left_alone_and_taken_again_when_it_is_back(settings: Settings) -> None:
    state = {"down": False}
    with ScriptedServer(lambda event, _: CLOSE if state["down"] else None) as one, OpenServer() as two:
        settings.CUSTOMER_MAIL_URL = f"{one.url} {two.url}"
        with open_transport("customers") as transport:
            assert transport.send(ENVELOPE).transport == one.url.removeprefix("smtp://")
            state["down"] = True
            assert [transport.send(ENVELOPE).outcome for _ in range(5)] == [Outcome.ACCEPTED] * 5
            assert len(two.received) == 5
            # Tried at most once in a pause, not by each mail.
            tried = one.connections
            transport.send(ENVELOPE)
            assert one.connections <= tried + 1
            state["down"] = False
            fuse_of_one = opening.route_for("customers").ways[0].fuse
            fuse_of_one._open_until = 0.0
            assert transport.send(ENVELOPE).transport == one.url.removeprefix("smtp://")
            assert fuse_of_one.failures == 0
    assert len(one.received) == 2


def test_an_unknown_outcome_stays_where_it_is(settings: Settings) -> None:
    with ScriptedServer(lambda event, _: CLOSE if event == "CONTENT" else None) as one, OpenServer() as two:
        settings.CUSTOMER_MAIL_URL = f"{one.url} {two.url}"
        assert send().outcome is Outcome.UNKNOWN
        assert two.received == []
    assert opening.route_for("customers").repeats_safely is False


@pytest.mark.parametrize(
    ("event", "reply", "outcome"),
    [
        ("RCPT", "550 5.1.1 no such user", Outcome.REJECTED),
        ("RCPT", "451 4.7.1 greylisted", Outcome.DEFERRED),
        ("RCPT", "554 5.7.1 blocked", Outcome.BROKEN),
        ("CONTENT", "554 5.6.0 bad content", Outcome.REJECTED),
    ],
)
def test_an_answer_about_the_mail_is_not_asked_for_again_elsewhere(
    settings: Settings, event: str, reply: str, outcome: Outcome
) -> None:
    with ScriptedServer(lambda asked, _: reply if asked == event else None) as one, OpenServer() as two:
        settings.CUSTOMER_MAIL_URL = f"{one.url} {two.url}"
        assert send().outcome is outcome
        assert two.received == []


def test_a_refused_sign_in_moves_the_mail_and_is_known_as_trouble(settings: Settings) -> None:
    def rule(event: str, _: str) -> str | None:
        return "535 5.7.8 wrong" if event == "AUTH" else None

    with ScriptedServer(rule, extensions=("AUTH PLAIN",)) as one, OpenServer() as two:
        settings.CUSTOMER_MAIL_URL = f"{one.url.replace('smtp://', 'smtp://user:wrong@')} {two.url}"
        assert send().outcome is Outcome.ACCEPTED
        assert len(two.received) == 1
        trouble = opening.route_for("customers").ways[0].fuse.trouble()
        assert trouble is not None
        assert trouble.fault is Fault.AUTHENTICATION


def test_with_no_way_left_the_answer_says_why(settings: Settings) -> None:
    settings.CUSTOMER_MAIL_URL = f"smtp://127.0.0.1:{free_port()} smtp://127.0.0.1:{free_port()}"
    answer = send()
    assert (answer.outcome, answer.fault) == (Outcome.BROKEN, Fault.CONNECTION)
    assert "No connection" in answer.text
    # Both are left alone now, and the answer is the same.
    assert (send().outcome, send().fault) == (Outcome.BROKEN, Fault.CONNECTION)


def test_a_provider_without_its_key_is_passed_over(settings: Settings) -> None:
    settings.ANYMAIL = {}
    with OpenServer() as two:
        settings.CUSTOMER_MAIL_URL = f"anymail+postmark:// {two.url}"
        assert send().outcome is Outcome.ACCEPTED
        assert len(two.received) == 1


def test_a_permit_that_is_gone_tries_no_other_way(settings: Settings) -> None:
    with OpenServer() as one, OpenServer() as two:
        settings.CUSTOMER_MAIL_URL = f"{one.url} {two.url}"
        with open_transport("customers") as transport:
            assert transport.send(ENVELOPE, may_send=lambda: False).code == WITHHELD
        assert (one.received, two.received) == ([], [])


def test_one_bad_url_is_found_before_anything_is_sent(settings: Settings) -> None:
    settings.CUSTOMER_MAIL_URL = "smtp://127.0.0.1:25 gopher://x"
    with pytest.raises(ImproperlyConfigured):
        open_transport("customers")


def test_after_a_pause_one_mail_tries_and_the_others_wait() -> None:
    one = Fuse()
    one.note(Answer(Outcome.BROKEN, "", "down", "x", fault=Fault.CONNECTION))
    assert one.permits() is False
    one._open_until = 0.0
    assert [one.permits(), one.permits()] == [True, False]


def test_two_accounts_at_one_server_are_two_ways(settings: Settings) -> None:
    signed_in: list[str] = []

    def rule(event: str, argument: str) -> str | None:
        if event == "AUTH":
            signed_in.append(b64decode(argument.split()[-1]).decode().split("\0")[1])
            return "535 5.7.8 wrong" if signed_in[-1] == "first" else None
        return None

    with ScriptedServer(rule, extensions=("AUTH PLAIN",)) as server:
        urls = [server.url.replace("//", f"//{user}:pw@") for user in ("first", "second")]
        settings.CUSTOMER_MAIL_URL = " ".join(urls)
        answer = send()
        assert (answer.outcome, signed_in) == (Outcome.ACCEPTED, ["first", "second"])
        first, second = opening.route_for("customers").ways
        assert (answer.transport, second.name) == (second.name, f"{first.name} (2)")
