"""A real SMTP server that keeps what it is sent."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Mail:
    """One accepted message: whom it was handed over for, and what it says."""

    recipient: str
    content: EmailMessage

    @property
    def subject(self) -> str:
        """The decoded subject."""
        return str(self.content["Subject"])

    @property
    def text(self) -> str:
        """The plain-text part."""
        part = self.content.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        """The HTML part."""
        part = self.content.get_body(("html",))
        assert part is not None
        return str(part.get_content())

    def link(self, pattern: str) -> str:
        """The first address in the text that matches."""
        found = re.search(rf"https?://\S*{pattern}\S*", self.text)
        assert found is not None, f"no link {pattern} in:\n{self.text}"
        return found[0]


class Mailbox:
    """Listens on a free port of 127.0.0.1 while entered."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a message for each recipient."""
        content = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(content, EmailMessage)
        self.mails += [Mail(recipient.lower(), content) for recipient in envelope.rcpt_tos]
        return "250 kept"

    def __enter__(self) -> Mailbox:
        self._controller.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._controller.stop()

    def to(self, *recipients: str, subject: str = "") -> list[Mail]:
        """What came for these recipients, with these words in the subject."""
        return [mail for mail in list(self.mails) if mail.recipient in recipients and subject in mail.subject]

    def wait(self, wanted: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Wait until something has arrived; say what is missing when it has not."""
        end = time.monotonic() + seconds
        while not wanted():
            got = [(mail.recipient, mail.subject) for mail in self.mails[-12:]]
            assert time.monotonic() < end, f"no {what} within {seconds} s; the last of {len(self.mails)}: {got}"
            time.sleep(0.05)
