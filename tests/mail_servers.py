"""Mail servers of the tests' own: one that takes everything, one that does as it is told. Free ports of 127.0.0.1."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Lock, Thread
from time import sleep
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

RESET = "reset"
CLOSE = "close"
HANG = "hang"


@dataclass(frozen=True)
class Received:
    """A mail that a server accepted."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def recipient(self) -> str:
        """The only recipient."""
        (only,) = self.recipients
        return only

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def body(self, kind: str = "plain") -> str:
        """The text of a part: "plain" or "html"."""
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


class Everything:
    """An aiosmtpd handler that keeps what it gets."""

    def __init__(self) -> None:
        self.received: list[Received] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.received.append(Received(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 taken"


class OpenServer(Controller):
    """A real SMTP server that accepts everything, with SMTPUTF8."""

    def __init__(self, **options: Any) -> None:
        self.kept = Everything()
        super().__init__(self.kept, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True, **options)

    @property
    def received(self) -> list[Received]:
        """What was accepted, in order."""
        return self.kept.received

    @property
    def url(self) -> str:
        """As a setting names it."""
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> OpenServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Rule = Callable[[str, str], str | None]


@dataclass
class ScriptedServer:
    """An SMTP server that answers as `rule(event, argument)` says; None means yes.

    Events: CONNECT, EHLO, AUTH, MAIL, RCPT, DATA, BODY (the first bytes of the content), CONTENT (all of it), RSET.
    A rule may return a reply such as "450 4.2.0 later", or RESET, CLOSE or HANG.
    """

    rule: Rule = lambda event, argument: None
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    received: list[Received] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> ScriptedServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._ended = False
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        # A blocked accept() is not ended by close().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                connection.close()

    @property
    def url(self) -> str:
        """As a setting names it."""
        return f"smtp://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            _Conversation(self, connection).run()
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


class _Over(OSError):
    """The server has ended the conversation."""


class _Conversation:
    def __init__(self, server: ScriptedServer, connection: socket.socket) -> None:
        self.server, self.connection = server, connection
        self.lines = connection.makefile("rb")
        self.sender, self.recipients = "", list[str]()

    def run(self) -> None:
        self._say(self._ask("CONNECT") or "220 scripted")
        while line := self.lines.readline():
            command, _, argument = line.decode().strip().partition(" ")
            self._command(command.upper(), argument)

    def _command(self, command: str, argument: str) -> None:
        if command == "EHLO":
            answer = self._ask("EHLO", argument)
            names = ["scripted", *self.server.extensions]
            shown = [f"250{'-' if number < len(names) - 1 else ' '}{name}" for number, name in enumerate(names)]
            self._say(answer or "\r\n".join(shown))
        elif command == "DATA":
            self._data()
        elif command == "QUIT":
            self._say("221 bye")
            raise _Over
        else:
            answer = self._ask(command, argument)
            if command == "MAIL":
                self.sender, self.recipients = "" if answer else _address(argument), []
            elif command == "RCPT" and not self.sender:
                answer = answer or "503 5.5.1 MAIL first"
            elif answer is None and command == "RCPT":
                self.recipients.append(_address(argument))
            elif answer is None and command == "AUTH":
                answer = "235 2.7.0 welcome"
            elif answer is None and command == "RSET":
                self.sender, self.recipients = "", []
            self._say(answer or "250 2.0.0 fine")

    def _data(self) -> None:
        answer = self._ask("DATA") or ("354 go on" if self.recipients else "554 5.5.1 no valid recipients")
        self._say(answer)
        if not answer.startswith("354"):
            return
        content = [self.lines.readline()]
        if content[0] != b".\r\n":
            self._ask("BODY")
        while content[-1] != b".\r\n":
            content.append(self.lines.readline())
            if not content[-1]:
                raise _Over
        whole = b"".join(line.removeprefix(b".") for line in content[:-1])
        refusal = self._ask("CONTENT", self.recipients[0] if self.recipients else "")
        if refusal is None:
            self.server.received.append(Received(self.sender, self.recipients, whole))
        self._say(refusal or "250 2.0.0 taken")

    def _ask(self, event: str, argument: str = "") -> str | None:
        with self.server._lock:
            self.server.events.append((event, argument))
            answer = self.server.rule(event, argument)
        if answer == RESET:
            # SO_LINGER of 0 seconds: the other side gets a reset, not an end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.lines.close()
            self.connection.close()
            raise _Over
        if answer == CLOSE:
            raise _Over
        while answer == HANG:
            sleep(0.05)
            if self.server._ended:
                raise _Over
        return answer

    def _say(self, text: str) -> None:
        self.connection.sendall(text.encode() + b"\r\n")
        if text.startswith("421"):
            raise _Over


def _address(argument: str) -> str:
    return argument[argument.index("<") + 1 : argument.index(">")]
