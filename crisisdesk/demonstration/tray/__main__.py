"""`python -m crisisdesk.demonstration.tray --file … --mail-fd … --web-fd …`: started by `manage.py demo`."""

from __future__ import annotations

import asyncio
import signal
import socket
from argparse import ArgumentParser
from pathlib import Path
from threading import Thread

from crisisdesk.demonstration.tray import smtp
from crisisdesk.demonstration.tray.store import Store
from crisisdesk.demonstration.tray.web import TrayServer


async def run(mail: socket.socket, web: socket.socket, file: Path) -> None:
    """Receive and show mail until SIGTERM or SIGINT."""
    store = Store(file)
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    pages = TrayServer(web, store)
    Thread(target=pages.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    server = await smtp.serve(mail, store)
    await ending.wait()
    server.close()
    pages.shutdown()
    pages.server_close()
    store.close()


def main() -> None:
    """Take the two sockets that the parent holds."""
    parser = ArgumentParser(prog="tray")
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--mail-fd", type=int, required=True)
    parser.add_argument("--web-fd", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(run(socket.socket(fileno=options.mail_fd), socket.socket(fileno=options.web_fd), options.file))


if __name__ == "__main__":
    main()
