"""A mail as bytes: compiled once for each class of reader, patched for each recipient.

RFC 5322 and 2045; standards.md "E-mail" 2 to 7. The parts are quoted-printable, so a mail is ASCII (but for an
international address in its header), its lines are short, and a patch can be put in without encoding the rest again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import format_datetime
from html import escape
from typing import Protocol

from django.conf import settings

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


class Recipient(Protocol):
    """What differs from recipient to recipient. `thread_root` is the Message-ID of their first message, or empty."""

    @property
    def delivery_id(self) -> int: ...
    @property
    def contact_id(self) -> int: ...
    @property
    def link_version(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def customer_name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def mail_id(self) -> str: ...
    @property
    def thread_root(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient for whom nothing has been claimed, such as one of a preview."""

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

    def patched(self, values: Mapping[str, bytes]) -> bytes:
        """The body with each token replaced by its encoded value."""
        pieces = [self.literals[0]]
        for token, literal in zip(self.tokens, self.literals[1:], strict=True):
            pieces += (values[token], literal)
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
        # The preferences link of a drill names the contact and opens nothing: a drill changes no customer.
        aim = links.DRILL if message.is_drill else links.PREFERENCES
        until = self.unsubscribe_until
        self._progress = links.LinkPress(message.link_purpose, message.thread_key, self.expires_at)
        self._preferences = links.LinkPress(aim, "", until, opens=links.PREFERENCES)
        self._unsubscribe = links.LinkPress(links.UNSUBSCRIBE, "", until)
        # Only the last messages of an incident ask; the others save the signature.
        aim = links.DRILL if message.is_drill else links.ANSWER
        asks = Token.ANSWER_URL in {*self.text.tokens, *(self.html.tokens if self.html else ())}
        answer = links.LinkPress(aim, message.thread_key, self.expires_at, opens=links.ANSWER) if asks else None
        self._answer = answer
        self._frame = self._body_frame()

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

    def envelope(self, reader: Recipient) -> Envelope:
        """The mail for one reader. Raises UnusableAddress."""
        recipient = travelling(reader.address)
        values = self._values(reader)
        head = [f"Message-ID: {reader.mail_id}\r\nTo: {mailbox(reader.name, reader.address)}\r\n", self._head]
        head.append(f"Subject: {self._subject(values)}\r\n")
        if reader.thread_root and reader.thread_root != reader.mail_id:
            head.append(f"In-Reply-To: {reader.thread_root}\r\nReferences: {reader.thread_root}\r\n")
        if not self.message.is_drill:
            unsubscribe = self._unsubscribe.make(reader.contact_id, reader.link_version)
            head.append(f"List-Help: <{values[Token.PREFERENCES_URL.value]}>\r\nList-Unsubscribe: <{unsubscribe}>\r\n")
            head.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
        head.append(self._tail)
        content = "".join(head).encode("utf-8") + self._body(values)
        return Envelope(self.sender, recipient, content, reader.mail_id, reference=str(reader.delivery_id))

    def _subject(self, values: dict[str, str]) -> str:
        if self._subject_line is not None:
            return self._subject_line
        return header_text("Subject", _TOKEN.sub(lambda match: values[match[1]], self.subject))

    def _body_frame(self) -> tuple[bytes, bytes, bytes]:
        """What stands before, between and after the two parts; before the only one where there is no HTML."""
        if self.html is None:
            return _part_head("plain"), b"", b""
        line = f"\r\n--{self._boundary}".encode()
        return line + b"\r\n" + _part_head("plain"), line + b"\r\n" + _part_head("html"), line + b"--\r\n"

    def _body(self, values: dict[str, str]) -> bytes:
        before, between, after = self._frame
        encoded = {token: _value(value) for token, value in values.items()}
        text = self.text.patched(encoded)
        if self.html is None:
            return before + text
        escaped = {token: _escaped(value, encoded[token]) for token, value in values.items()}
        return b"".join((before, text, between, self.html.patched(escaped), after))

    def _values(self, reader: Recipient) -> dict[str, str]:
        values = {
            Token.PROGRESS_URL.value: self._progress.make(reader.contact_id, reader.link_version),
            Token.PREFERENCES_URL.value: self._preferences.make(reader.contact_id, reader.link_version),
            Token.CONTACT_NAME.value: clean_line(reader.name),
            Token.CUSTOMER_NAME.value: clean_line(reader.customer_name),
        }
        if self._answer is not None:
            values[Token.ANSWER_URL.value] = self._answer.make(reader.contact_id, reader.link_version)
        return values


def _value(text: str) -> bytes:
    encoded = quoted_printable(text)
    return encoded + _SOFT_BREAK if encoded else b""


def _escaped(text: str, encoded: bytes) -> bytes:
    """As `_value`, for HTML; `encoded` is it already where nothing needs escaping."""
    escaped = escape(text)
    return encoded if escaped == text else _value(escaped)


def _part_head(subtype: str) -> bytes:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()
