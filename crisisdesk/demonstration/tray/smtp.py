"""Receives mail for anybody and sends none on."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from crisisdesk.demonstration.tray.store import Store

LARGEST = 10_000_000


class Keeper:
    """What aiosmtpd asks about each mail: everything is accepted and kept."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail."""
        del server, session
        content = envelope.content or b""
        if isinstance(content, str):
            content = content.encode()
        self._store.add(envelope.mail_from or "", envelope.rcpt_tos, content, datetime.now(UTC))
        return "250 2.0.0 Kept in the tray"


async def serve(listener: socket.socket, store: Store) -> asyncio.Server:
    """Listen for mail on a socket that is bound already."""
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            Keeper(store),
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname="tray.localhost",
            ident="CrisisDesk demonstration",
            loop=loop,
        )

    return await loop.create_server(session, sock=listener)
