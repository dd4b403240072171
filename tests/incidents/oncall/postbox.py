"""A real SMTP server for the notifier, on a free port of this machine."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Postbox:
    """What came in, and what to answer: `answers` maps a recipient to replies, used up one by one.

    A reply of "hang up" ends the connection after the content without an answer.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, list[str]] = {}
        self.url = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail unless told to answer otherwise."""
        assert len(envelope.rcpt_tos) == 1, "one recipient per mail"
        recipient = envelope.rcpt_tos[0]
        answer = (self.answers.get(recipient) or ["250 2.0.0 OK"]).pop(0)
        if answer == "hang up":
            transport: Any = server.transport
            transport.abort()
        if answer == "hang up" or answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.recipients.append(recipient)
        return answer

    def text_of(self, recipient: str) -> str:
        """The plain-text part of the last mail to somebody."""
        mail = self.mails[len(self.recipients) - 1 - self.recipients[::-1].index(recipient)]
        part = mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


@contextmanager
def postbox() -> Iterator[Postbox]:
    """A server that runs until the end of the block."""
    box = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        box.url = f"smtp://127.0.0.1:{port}"
        yield box
    finally:
        controller.stop()
