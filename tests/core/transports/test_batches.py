"""Mails in lists: never more than a provider takes, and each with an answer of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome, open_transport
from crisisdesk.core.transports.batches import BatchTransport, chunks
from crisisdesk.core.transports.config import parse
from crisisdesk.core.transports.envelope import WITHHELD, always
from tests.core.transports.test_backend import CONTENT
from tests.providers import DROP, Provider, postmark, resend

APIS = {"postmark": postmark, "resend": resend}


@pytest.fixture(params=sorted(APIS))
def provider(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Provider]:
    """Each of the providers that take lists, twenty mails in one."""
    with Provider(APIS[request.param]) as server:
        settings.CUSTOMER_MAIL_URL = f"anymail+{request.param}://?batch=20"
        settings.ANYMAIL = {
            f"{request.param.upper()}_API_URL": f"{server.url}/",
            "POSTMARK_SERVER_TOKEN": "postmark-token",
            "RESEND_API_KEY": "resend-key",
        }
        yield server


def mail(number: int, name: str = "jo", sender: str = "support") -> Envelope:
    content = CONTENT.replace(b"<1.2@", f"<1.{number}@".encode()).replace(b"jo@", f"{name}@".encode())
    content = content.replace(b"support@", f"{sender}@".encode())
    return Envelope(f"{sender}@status.example.com", f"{name}@acme.example", content, f"<1.{number}@x>", str(number))


def send(envelopes: list[Envelope], *, may_send: bool = True) -> list[Answer]:
    with open_transport("customers") as transport:
        assert isinstance(transport, BatchTransport)
        return transport.send_batch([(envelope, always if may_send else lambda: False) for envelope in envelopes])


def test_a_list_is_cut_as_the_setting_says_and_each_mail_is_one_of_its_own(provider: Provider) -> None:
    answers = send([mail(number) for number in range(45)])
    assert provider.requests == 3
    assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
    assert len({answer.provider_id for answer in answers}) == 45
    assert len(provider.mails) == 45
    for number, taken in enumerate(provider.mails):
        assert f"<1.{number}@status.example.com>" in str(taken)
        assert f"'{number}'" in str(taken.get("Metadata")) or f'"{number}"' in str(taken["headers"]["X-Metadata"])
        assert not any(taken.get(name) for name in ("Cc", "Bcc", "cc", "bcc"))


def test_one_bad_mail_stops_nobody(provider: Provider) -> None:
    bad = mail(7, "gone" if provider.answer is postmark else "odd")
    answers = send([mail(1), bad, mail(3)])
    assert [answer.outcome for answer in answers] == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED]
    assert len(provider.mails) + len([one for one in provider.taken if one.path in ("/email", "/emails")]) >= 2


@pytest.mark.parametrize(
    ("status", "outcome", "fault"),
    [
        (401, Outcome.BROKEN, Fault.AUTHENTICATION),
        (429, Outcome.DEFERRED, Fault.THROTTLE),
        (500, Outcome.UNKNOWN, Fault.CONNECTION),
        (DROP, Outcome.UNKNOWN, Fault.CONNECTION),
    ],
)
def test_what_fails_as_a_whole_is_the_answer_to_each(
    provider: Provider, status: int, outcome: Outcome, fault: Fault
) -> None:
    provider.rule = lambda number: status
    answers = send([mail(number) for number in range(5)])
    assert [(answer.outcome, answer.fault) for answer in answers] == [(outcome, fault)] * 5
    # Whatever may have been taken is sent no second time.
    assert provider.requests == 1


def test_without_a_permit_nothing_leaves(provider: Provider) -> None:
    assert {answer.code for answer in send([mail(1), mail(2)], may_send=False)} == {WITHHELD}
    assert provider.requests == 0


@pytest.mark.parametrize("provider", ["postmark"], indirect=True)
def test_a_sender_that_is_not_confirmed_is_our_own_fault(provider: Provider) -> None:
    answers = send([mail(1, sender="unconfirmed"), mail(2, sender="unconfirmed")])
    assert {(answer.outcome, answer.fault) for answer in answers} == {(Outcome.BROKEN, Fault.POLICY)}


def test_a_list_longer_than_the_provider_takes_is_a_mistake_in_the_setting() -> None:
    assert parse("anymail+postmark://").batch == 50
    assert parse("anymail+postmark://?batch=500").batch == 500
    assert parse("anymail+mailgun://").batch == parse("smtp://mx").batch == 1
    for url in ("anymail+postmark://?batch=501", "anymail+resend://?batch=101", "smtp://mx?batch=2"):
        with pytest.raises(ImproperlyConfigured, match="batch is 1 to"):
            parse(url)


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 20), st.integers(1, 200))
def test_chunks_hold_everything_once_in_order_and_no_more_than_allowed(sizes: list[int], mails: int, size: int) -> None:
    cut = list(chunks(sizes, mails=mails, size=size))
    assert [position for chunk in cut for position in chunk] == list(range(len(sizes)))
    for chunk in cut:
        assert 1 <= len(chunk) <= mails
        assert len(chunk) == 1 or sum(sizes[position] for position in chunk) <= size


@pytest.mark.parametrize("provider", ["resend"], indirect=True)
def test_one_by_one_each_is_asked_whether_it_may_leave(provider: Provider) -> None:
    # Three ask before the list leaves, which is refused for one of them; then one more may.
    asked = iter([True] * 4)
    mails = [mail(1), mail(2), mail(7, "odd")]
    with open_transport("customers") as transport:
        assert isinstance(transport, BatchTransport)
        answers = transport.send_batch([(one, lambda: next(asked, False)) for one in mails])
    assert (answers[0].outcome, [answer.code for answer in answers[1:]]) == (Outcome.ACCEPTED, [WITHHELD] * 2)
    assert provider.requests == 2
