"""A mail as bytes: compiled once for each class of reader, patched for each recipient.

RFC 5322 and 2045; standards.md "E-mail" 2 to 7. The parts are quoted-printable, so a mail is ASCII (but for an
international address in its header), its lines are short, and a patch can be put in without encoding the rest again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import format_datetime

from django.conf import settings
from django.utils.html import escape

from crisisdesk.core.transports import Envelope
from crisisdesk.core.transports.addresses import travelling
from customers import links
from customers.delivery.mime import clean_line, clean_text, header_text, mailbox, quoted_printable, split_mailbox
from customers.delivery.rendered import Token
from customers.models import Message, MessageContent

_TOKEN = re.compile(r"\[\[(" + "|".join(Token.values) + r")\]\]")
_SOFT_BREAK = b"=\r\n"
# An unsubscribe link must outlive the message by a good while.
UNSUBSCRIBE_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Reader:
    """What differs from recipient to recipient. `thread_root` is the Message-ID of their first message, or empty."""

    delivery_id: int
    contact_id: int
    link_version: int
    name: str
    customer_name: str
    address: str
    mail_id: str
    thread_root: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A body in quoted-printable, cut at its tokens: literal, token, literal, ... literal."""

    literals: list[bytes]
    tokens: list[str]

    @classmethod
    def compile(cls, text: str) -> Part:
        """Cut and encode a finished text."""
        pieces = _TOKEN.split(clean_text(text))
        literals = [quoted_printable(piece) for piece in pieces[::2]]
        return cls([_open_ended(literal) for literal in literals[:-1]] + literals[-1:], pieces[1::2])

    def patched(self, values: Callable[[str], bytes]) -> bytes:
        """The body with each token replaced by its encoded value."""
        if not self.tokens:
            return self.literals[0]
        pieces = [self.literals[0]]
        for token, literal in zip(self.tokens, self.literals[1:], strict=True):
            pieces += (values(token), literal)
        return b"".join(pieces)


def _open_ended(encoded: bytes) -> bytes:
    """End with a soft line break, so that what follows starts a line of its own without starting one in the text."""
    return encoded if not encoded or encoded.endswith(b"\r\n") else encoded + _SOFT_BREAK


class Compiled:
    """One content of one message, ready to be patched. Thread-safe: nothing changes after it is made."""

    def __init__(self, message: Message, content: MessageContent) -> None:
        """Raises UnusableAddress when MAIL_FROM is not an address, NoReverseMatch when a link has no page."""
        self.message = message
        self.expires_at = message.link_expires_at
        self.unsubscribe_until = message.created_at + UNSUBSCRIBE_LIFETIME
        from_name, from_address = split_mailbox(message.from_address)
        self.sender = travelling(from_address)
        self.subject = clean_line(content.subject)
        self._subject_line = None if _TOKEN.search(self.subject) else header_text("Subject", self.subject)
        self.text = Part.compile(content.text)
        self.html = Part.compile(content.html) if content.html else None
        self._boundary = f"=_{message.uuid.hex}"
        self._head = self._common_head(mailbox(from_name, from_address))
        self._tail = self._common_tail(content.language)
        self._progress = links.address(message.link_purpose, "TOKEN").split("TOKEN")
        self._preferences = links.address(links.PREFERENCES, "TOKEN").split("TOKEN")
        self._unsubscribe = links.address(links.UNSUBSCRIBE, "TOKEN").split("TOKEN")
        # Only the last messages of an incident ask; the others save the signature.
        tokens = {*self.text.tokens, *(self.html.tokens if self.html else ())}
        asks = Token.ANSWER_URL in tokens
        self._answer = links.address(links.ANSWER, "TOKEN").split("TOKEN") if asks else []

    def _common_head(self, sender: str) -> str:
        lines = [f"Date: {format_datetime(self.message.created_at.astimezone(UTC))}", f"From: {sender}"]
        if self.message.reply_to:
            lines.append(f"Reply-To: {mailbox(*split_mailbox(self.message.reply_to))}")
        return "\r\n".join(lines) + "\r\n"

    def _common_tail(self, language: str) -> str:
        vendor = mailbox(f"{settings.VENDOR_NAME} service notices", f"x@notices.{settings.MAIL_DOMAIN}")
        lines = [
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: OOF, AutoReply",
            f"List-Id: {vendor.replace('<x@', '<')}",
            f"Content-Language: {clean_line(language)}",
            "MIME-Version: 1.0",
        ]
        if self.html is not None:
            lines.append(f'Content-Type: multipart/alternative; boundary="{self._boundary}"')
        return "\r\n".join(lines) + "\r\n"

    def envelope(self, reader: Reader) -> Envelope:
        """The mail for one reader. Raises UnusableAddress."""
        recipient = travelling(reader.address)
        values = self._values(reader)
        head = [f"Message-ID: {reader.mail_id}\r\nTo: {mailbox(reader.name, reader.address)}\r\n", self._head]
        head.append(f"Subject: {self._subject(values)}\r\n")
        if reader.thread_root and reader.thread_root != reader.mail_id:
            head.append(f"In-Reply-To: {reader.thread_root}\r\nReferences: {reader.thread_root}\r\n")
        if not self.message.is_drill:
            unsubscribe = self._unsubscribe_url(reader)
            head.append(f"List-Help: <{values[Token.PREFERENCES_URL]}>\r\nList-Unsubscribe: <{unsubscribe}>\r\n")
            head.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
        head.append(self._tail)
        content = "".join(head).encode("utf-8") + self._body(values)
        return Envelope(self.sender, recipient, content, reader.mail_id, reference=str(reader.delivery_id))

    def _subject(self, values: dict[str, str]) -> str:
        if self._subject_line is not None:
            return self._subject_line
        return header_text("Subject", _TOKEN.sub(lambda match: values[match[1]], self.subject))

    def _body(self, values: dict[str, str]) -> bytes:
        text = self.text.patched(lambda token: _value(values[token]))
        if self.html is None:
            return _part_head("plain") + text
        html = self.html.patched(lambda token: _value(escape(values[token])))
        line = f"--{self._boundary}".encode()
        return b"".join(
            (b"\r\n", line, b"\r\n", _part_head("plain"), text, b"\r\n", line, b"\r\n", _part_head("html"), html)
        ) + b"".join((b"\r\n", line, b"--\r\n"))

    def _values(self, reader: Reader) -> dict[str, str]:
        purpose = self.message.link_purpose
        thread = self.message.thread_key
        progress = links.make_for(purpose, reader.contact_id, reader.link_version, thread, self.expires_at)
        # The preferences link of a drill names the contact and opens nothing: a drill changes no customer.
        aim = links.DRILL if self.message.is_drill else links.PREFERENCES
        wishes = links.make_for(aim, reader.contact_id, reader.link_version, "", self.unsubscribe_until)
        values: dict[str, str] = {
            Token.PROGRESS_URL: progress.join(self._progress),
            Token.PREFERENCES_URL: wishes.join(self._preferences),
            Token.CONTACT_NAME: clean_line(reader.name),
            Token.CUSTOMER_NAME: clean_line(reader.customer_name),
        }
        if self._answer:
            values[Token.ANSWER_URL] = self._answer_url(reader)
        return values

    def _answer_url(self, reader: Reader) -> str:
        aim = links.DRILL if self.message.is_drill else links.ANSWER
        thread = self.message.thread_key
        token = links.make_for(aim, reader.contact_id, reader.link_version, thread, self.expires_at)
        return token.join(self._answer)

    def _unsubscribe_url(self, reader: Reader) -> str:
        until = self.unsubscribe_until
        token = links.make_for(links.UNSUBSCRIBE, reader.contact_id, reader.link_version, "", until)
        return token.join(self._unsubscribe)


def _value(text: str) -> bytes:
    encoded = quoted_printable(text)
    return encoded + _SOFT_BREAK if encoded else b""


def _part_head(subtype: str) -> bytes:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()
