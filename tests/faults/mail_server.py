"""An SMTP server in a process of its own, which misbehaves as it is told and writes down every mail that it accepts.

`python -m tests.faults.mail_server LEDGER RULES` says its port on standard output. A mail stands in the ledger before
its answer leaves, so the ledger knows more than any client that dies.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import quopri
import random
import re
import socket
import struct
import sys
import time
from email.parser import BytesHeaderParser
from pathlib import Path

from tests.faults.rules import HANG, RESET, SLOW, TAKE_AND_RESET, Book, Fault, Rules

CANARY = re.compile(rb"canary-[0-9a-f]{12}")
_UNSUBSCRIBE = re.compile(r"<[^>]*/([^/>]+)/?>")
_LINE = 1 << 20


class Over(Exception):
    """The conversation has ended."""


class Server:
    """Rules, the book of what has happened, and the ledger."""

    def __init__(self, ledger: Path, rules: Path) -> None:
        self._descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._rules_path, self._rules_at = rules, 0.0
        self._rules = Rules()
        self.book = Book()
        self.connections = 0
        self.dice = random.Random(0)

    @property
    def rules(self) -> Rules:
        """As the file says now."""
        changed_at = self._rules_path.stat().st_mtime
        if changed_at != self._rules_at:
            self._rules, self._rules_at = Rules.read(self._rules_path), changed_at
        return self._rules

    def accept(self, content: bytes, recipient: str, connection: int, *, answered: bool) -> None:
        """Write a mail down, in one `write`."""
        head, _, _ = content.partition(b"\r\n\r\n")
        named = BytesHeaderParser().parsebytes(head)
        link = _UNSUBSCRIBE.search(str(named["List-Unsubscribe"] or ""))
        line = {
            "at": time.time(),
            "connection": connection,
            "mail_id": "".join(str(named["Message-ID"]).split()),
            "date": str(named["Date"]),
            "recipient": recipient,
            "tokens": sorted({found.decode() for found in CANARY.findall(quopri.decodestring(content))}),
            "link": link[1] if link else "",
            "digest": hashlib.sha256(content).hexdigest()[:16],
            "answered": answered,
        }
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        self.connections += 1
        try:
            await Conversation(self, reader, writer, self.connections).run()
        except (Over, OSError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            writer.close()


class Conversation:
    """What one client says."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.server, self.reader, self.writer, self.number = server, reader, writer, number
        self.recipient, self.has_sender, self.signed_in = "", False, False

    async def run(self) -> None:
        """Until QUIT, an end or a fault."""
        if self.server.rules.closed:
            self._reset()
        await self._say(await self._strike("CONNECT") or "220 faults")
        while line := await self.reader.readline():
            command, _, argument = line.decode("utf-8", "replace").strip().partition(" ")
            await self._command(command.upper(), argument)

    async def _command(self, command: str, argument: str) -> None:
        if self.server.rules.closed:
            self._reset()
        if command == "EHLO":
            await self._say(await self._strike("EHLO") or self._features())
        elif command == "AUTH":
            self.signed_in = self.server.rules.auth == "open"
            await self._say("235 2.7.0 welcome" if self.signed_in else "535 5.7.8 credentials are not valid")
        elif command == "MAIL":
            await self._mail()
        elif command == "RCPT":
            await self._rcpt(argument)
        elif command == "DATA":
            await self._data()
        elif command == "QUIT":
            await self._say("221 bye")
            raise Over
        else:
            if command == "RSET":
                self.recipient, self.has_sender = "", False
            await self._say("250 2.0.0 fine")

    def _features(self) -> str:
        names = ["faults", "PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000"]
        if self.server.rules.auth:
            names.append("AUTH PLAIN LOGIN")
        return "\r\n".join(f"250{'-' if name is not names[-1] else ' '}{name}" for name in names)

    async def _mail(self) -> None:
        self.recipient, self.has_sender = "", False
        if self.server.rules.auth and not (self.signed_in and self.server.rules.auth == "open"):
            await self._say("530 5.7.0 sign in first")
            return
        answer = await self._strike("MAIL")
        self.has_sender = answer is None
        await self._say(answer or "250 2.1.0 fine")

    async def _rcpt(self, argument: str) -> None:
        if not self.has_sender:
            await self._say("503 5.5.1 MAIL first")
            return
        recipient = argument[argument.index("<") + 1 : argument.rindex(">")]
        answer = await self._strike("RCPT", recipient)
        if answer is None:
            self.recipient = recipient
        await self._say(answer or "250 2.1.5 fine")

    async def _data(self) -> None:
        if not self.recipient:
            await self._say("554 5.5.1 no valid recipients")
            return
        await self._say(await self._strike("DATA", self.recipient) or "354 go on")
        lines = [await self.reader.readuntil(b"\n")]
        if lines[0] != b".\r\n":
            await self._strike("BODY", self.recipient)
        while lines[-1] != b".\r\n":
            lines.append(await self.reader.readuntil(b"\n"))
        content = b"".join(line.removeprefix(b".") for line in lines[:-1])
        recipient, self.recipient, self.has_sender = self.recipient, "", False
        if not content:
            await self._say("554 5.6.0 an empty mail is none")
            return
        await self._content(content, recipient)

    async def _content(self, content: bytes, recipient: str) -> None:
        low, high = self.server.rules.delay
        if high:
            await asyncio.sleep(self.server.dice.uniform(low, high))
        fault = self.server.book.fault(self.server.rules, "CONTENT", recipient)
        if fault is not None and fault.reply == TAKE_AND_RESET:
            self.server.accept(content, recipient, self.number, answered=False)
            self._reset()
        refusal = await self._suffer(fault)
        if refusal is None:
            self.server.accept(content, recipient, self.number, answered=True)
        await self._say(refusal or "250 2.0.0 taken")

    async def _strike(self, event: str, recipient: str = "") -> str | None:
        return await self._suffer(self.server.book.fault(self.server.rules, event, recipient))

    async def _suffer(self, fault: Fault | None) -> str | None:
        """The reply that a fault gives; None where all is well."""
        if fault is None:
            return None
        if fault.reply == RESET:
            self._reset()
        if fault.reply == HANG:
            await self.reader.read()
            raise Over
        if fault.reply == SLOW:
            await asyncio.sleep(fault.seconds)
            return None
        return fault.reply

    def _reset(self) -> None:
        # A linger of 0 seconds: the other side gets a reset, not an end.
        own = self.writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        raise Over

    async def _say(self, text: str) -> None:
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()
        if text.startswith("421"):
            raise Over


async def main(ledger: Path, rules: Path) -> None:
    """Serve until killed."""
    server = Server(ledger, rules)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=_LINE, backlog=512)
    sys.stdout.write(f"{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
