"""A mail as bytes: what a mail program gets to see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from crisisdesk.core.transports.addresses import UnusableAddress
from customers import links
from customers.delivery.wire import Compiled, Reader
from customers.models import Message, MessageContent
from tests.customers.delivery.conftest import HTML, TEXT
from tests.factories import contact, customer

READER = Reader(
    delivery_id=7,
    contact_id=3,
    link_version=1,
    name="Pat Doe",
    customer_name="Acme & Sons",
    address="pat@acme.example",
    mail_id="<abc.3@status.example.com>",
)
NOON = datetime(2026, 3, 10, 12, 0, 5, tzinfo=UTC)


def compiled(text: str = TEXT, html: str = HTML, subject: str = "[Example] Payments", **more: object) -> Compiled:
    """The content of a message, ready to be patched."""
    values = {
        "thread_key": "INC-42",
        "kind": "initial",
        "priority": 1,
        "from_address": "Example Support <support@status.example.com>",
        "reply_to": "help@status.example.com",
        "link_purpose": "progress",
        "link_expires_at": NOON.replace(month=6),
        "created_at": NOON,
    }
    message = Message(**values | more)
    content = MessageContent(message=message, language="en", time_zone="UTC", subject=subject, text=text, html=html)
    return Compiled(message, content)


def parsed(content: bytes) -> EmailMessage:
    """As a mail program reads it."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def part(message: EmailMessage, kind: str) -> str:
    """The text of one part."""
    found = message.get_body((kind,))
    assert found is not None
    assert not found.defects
    return str(found.get_content()).replace("\r\n", "\n")


def well_formed(content: bytes) -> None:
    """RFC 5322 §2.1.1 and RFC 2045 §6.7: CRLF only, short lines, no NUL."""
    assert b"\x00" not in content
    assert content.replace(b"\r\n", b"").count(b"\n") == content.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


def test_it_says_who_writes_to_whom_about_what() -> None:
    envelope = compiled().envelope(READER)
    message = parsed(envelope.content)
    assert message["From"] == "Example Support <support@status.example.com>"
    assert message["To"] == "Pat Doe <pat@acme.example>"
    assert message["Cc"] is message["Bcc"] is None
    assert message["Subject"] == "[Example] Payments"
    assert message["Reply-To"] == "help@status.example.com"
    assert message["Message-ID"] == "<abc.3@status.example.com>"
    assert message["Date"] == "Tue, 10 Mar 2026 12:00:05 +0000"
    assert (envelope.sender, envelope.recipient) == ("support@status.example.com", "pat@acme.example")
    assert envelope.reference == "7"
    well_formed(envelope.content)


def test_it_is_an_automatic_notice_and_not_a_bounce_that_answers_itself() -> None:
    message = parsed(compiled().envelope(READER).content)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["List-Id"] == '"Example Cloud service notices" <notices.status.example.com>'


def test_text_comes_first_and_html_after_it() -> None:
    message = parsed(compiled().envelope(READER).content)
    assert message.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = part(message, "plain"), part(message, "html")
    assert text.startswith("Hello Pat Doe at Acme & Sons,\n\nPayments fail.\n\nFollow it: https://desk.example/p/")
    assert "Hello Pat Doe at Acme &amp; Sons" in html
    assert "[[" not in text + html


def test_a_content_without_html_is_plain_text() -> None:
    message = parsed(compiled(html="").envelope(READER).content)
    assert message.get_content_type() == "text/plain"
    assert part(message, "plain").startswith("Hello Pat Doe at Acme & Sons,\n\nPayments fail.")


@pytest.mark.django_db
def test_its_links_open_for_this_reader_alone_and_for_their_purpose() -> None:
    pat = contact(customer("Acme"), "Pat")
    kim = contact(customer("Globex"), "Kim")
    content = compiled()
    for reader in (pat, kim):
        message = parsed(content.envelope(replace(READER, contact_id=reader.pk)).content)
        text = part(message, "plain").splitlines()
        progress, preferences = text[4].removeprefix("Follow it: "), text[5]
        assert progress in part(message, "html")
        token = progress.removeprefix("https://desk.example/p/").rstrip("/")
        assert links.read(token, "progress", NOON) == links.SignedLink(reader, "INC-42")
        with pytest.raises(links.BadLink):
            links.read(token, links.PREFERENCES, NOON)
        token = preferences.removeprefix("https://desk.example/c/").rstrip("/")
        assert links.read(token, links.PREFERENCES, NOON).contact == reader
        unsubscribe = str(message["List-Unsubscribe"])
        token = unsubscribe.removeprefix("<https://desk.example/u/").rstrip("/>")
        assert links.read(token, links.UNSUBSCRIBE, NOON).contact == reader
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["List-Help"] == f"<{preferences}>"


@pytest.mark.django_db
def test_the_links_of_a_drill_change_nothing_for_the_customer() -> None:
    pat = contact(customer("Acme"), "Pat")
    message = parsed(compiled(is_drill=True).envelope(replace(READER, contact_id=pat.pk)).content)
    assert message["List-Unsubscribe"] is None
    preferences = part(message, "plain").splitlines()[5]
    token = preferences.removeprefix("https://desk.example/c/").rstrip("/")
    with pytest.raises(links.BadLink):
        links.read(token, links.PREFERENCES, NOON)


def test_an_update_is_threaded_under_the_first_message_of_this_reader() -> None:
    message = parsed(compiled().envelope(replace(READER, thread_root="<first.3@status.example.com>")).content)
    assert message["In-Reply-To"] == message["References"] == "<first.3@status.example.com>"
    assert parsed(compiled().envelope(READER).content)["In-Reply-To"] is None


def test_names_and_words_of_all_the_world_arrive() -> None:
    name = "Åsa 李小龍 👩‍👩‍👧 مرحبا"
    text = "Grüße, [[contact_name]] 🔥 " + "längere Zeile " * 100 + "\n.\nFrom here\n"
    subject = "Störung: Zahlungen – 決済 " * 5
    envelope = compiled(text, HTML, subject).envelope(replace(READER, name=name))
    well_formed(envelope.content)
    assert envelope.content.isascii()
    message = parsed(envelope.content)
    # Python 3.11's own parser leaves blanks between encoded words, against RFC 2047 §6.2.
    assert str(make_header(decode_header(parseaddr(dict(message.raw_items())["To"])[0]))) == name
    assert message["Subject"] == subject.strip()
    assert part(message, "plain") == text.replace("[[contact_name]]", name)


def test_an_international_address_keeps_its_local_part() -> None:
    envelope = compiled().envelope(replace(READER, address="büro@straße.example"))
    assert envelope.recipient == "büro@xn--strae-oqa.example"
    assert 'To: "Pat Doe" <büro@xn--strae-oqa.example>'.encode() in envelope.content


@pytest.mark.parametrize(
    "evil", ["Pat\r\nBcc: eve@evil.example", "Pat\nX: y", "Pat\x0bX: y", "Pat\u2028X: y", 'Pat" <x@y>']
)
def test_no_name_can_add_a_header(evil: str) -> None:
    content = (
        compiled(subject="[[customer_name]] is affected")
        .envelope(replace(READER, name=evil, customer_name=evil))
        .content
    )
    message = parsed(content)
    assert message["Bcc"] is message["X"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["pat@acme.example"]
    assert "\r\n" not in message["Subject"]


def test_letters_that_turn_a_text_around_are_taken_out() -> None:
    envelope = compiled("Pay \u202egpj.exe\u202c now\n", "").envelope(replace(READER, name="Pat \u2066evil\u2069"))
    message = parsed(envelope.content)
    assert part(message, "plain") == "Pay gpj.exe now\n"
    assert message["To"].addresses[0].display_name == "Pat evil"


def test_what_a_reader_is_called_is_not_html_and_not_a_token() -> None:
    reader = replace(READER, name="<b>[[progress_url]]</b>", customer_name="[[contact_name]]")
    message = parsed(compiled().envelope(reader).content)
    assert "Hello <b>[[progress_url]]</b> at [[contact_name]]," in part(message, "plain")
    assert "Hello &lt;b&gt;[[progress_url]]&lt;/b&gt; at [[contact_name]]" in part(message, "html")


def test_an_unusable_address_is_said_so() -> None:
    with pytest.raises(UnusableAddress):
        compiled().envelope(replace(READER, address="nobody"))


def test_a_sender_that_is_no_address_is_said_so(settings: Settings) -> None:
    with pytest.raises(UnusableAddress):
        compiled(from_address="Example Support")


anything = st.text(st.characters(codec=None), max_size=200)


@given(name=anything, organisation=anything, subject=anything, text=anything)
def test_whatever_is_put_in_a_well_formed_mail_comes_out(name: str, organisation: str, subject: str, text: str) -> None:
    reader = replace(READER, name=name, customer_name=organisation)
    envelope = compiled(text + "[[customer_name]]", f"<p>{'x' * 5000}[[contact_name]]", subject).envelope(reader)
    well_formed(envelope.content)
    message = message_from_bytes(envelope.content, policy=policy.default)
    headers = {header for header, _ in message.items()}
    assert headers == {
        *("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
        *("List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post"),
        *("Content-Language", "MIME-Version", "Content-Type"),
    }
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [address.addr_spec for address in message["To"].addresses] == ["pat@acme.example"]
