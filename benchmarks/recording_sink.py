"""A mail server that writes down what it accepts: when, under which Message-ID, for whom, and whose canaries it saw.

python -m benchmarks.recording_sink PORT FILE [--plain]
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import IO

EXTENSIONS = (b"PIPELINING", b"8BITMIME", b"ENHANCEDSTATUSCODES")
_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE)
_CANARY = re.compile(rb"canary-(\d+)")
_END = b"\r\n.\r\n"


class Conversation(asyncio.Protocol):
    """One connection. Every line of `record` is: seconds, Message-ID, recipient, canaries, bytes."""

    def __init__(self, record: IO[str], extensions: tuple[bytes, ...]) -> None:
        self._record = record
        self._extensions = extensions
        self._buffer = b""
        self._recipient = b""
        self._in_content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 recording\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer all that has come in, in one write."""
        self._buffer += data
        answers = []
        while (answer := self._next()) is not None:
            answers.append(answer)
        if answers:
            self._record.flush()
            self._transport.write(b"".join(answers))

    def _next(self) -> bytes | None:
        before, found, rest = self._buffer.partition(_END if self._in_content else b"\r\n")
        if not found:
            return None
        self._buffer = rest
        if not self._in_content:
            return self._command(before)
        self._in_content = False
        return self._content(before)

    def _command(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            lines = (b"recording", *self._extensions)
            return b"".join(b"250%c%s\r\n" % (b"- "[text is lines[-1]], text) for text in lines)
        if verb == b"RCPT":
            self._recipient = line[line.index(b"<") + 1 : line.index(b">")]
        if verb == b"DATA":
            self._in_content = True
            return b"354 go on\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 2.0.0 fine\r\n"

    def _content(self, content: bytes) -> bytes:
        found = _MESSAGE_ID.search(content)
        mail_id = found[1].decode() if found else "?"
        canaries = ",".join(sorted({canary.decode() for canary in _CANARY.findall(content)}))
        self._record.write(f"{time.time():.6f} {mail_id} {self._recipient.decode()} {canaries or '-'} {len(content)}\n")
        return b"250 2.0.0 taken\r\n"


async def _serve(port: int, file: Path, extensions: tuple[bytes, ...]) -> None:
    with file.open("a") as record:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Conversation(record, extensions), "127.0.0.1", port)
        await server.serve_forever()


if __name__ == "__main__":
    offered = EXTENSIONS[1:] if "--plain" in sys.argv else EXTENSIONS
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), offered))
