"""The tray's pages over HTTP, for this machine only."""

from __future__ import annotations

import json
import re
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from crisisdesk.demonstration.tray import pages
from crisisdesk.demonstration.tray.store import Store, parsed

CSS = Path(__file__).with_name("tray.css")
# Nobody else's page may read the tray through a name that points here (DNS rebinding).
HOSTS = {"127.0.0.1", "localhost"}
PAGE_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src data:",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_MAIL = re.compile(r"/mail/(?P<id>\d{1,15})(?:/(?P<part>html|source))?")


class TrayServer(ThreadingHTTPServer):
    """Serves one store on a socket that is bound already."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, store: Store) -> None:
        super().__init__(listener.getsockname()[:2], TrayHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.store = store


class TrayHandler(BaseHTTPRequestHandler):
    """GET only: nothing here changes anything."""

    server: TrayServer
    server_version = "CrisisDeskTray"
    sys_version = ""
    timeout = 20

    def do_GET(self) -> None:
        """Answer a page, a part of a mail, the list as JSON, or the style sheet."""
        if self.headers.get("Host", "").rpartition(":")[0] not in HOSTS:
            self._answer("This page is for 127.0.0.1 only.", "text/plain", status=HTTPStatus.MISDIRECTED_REQUEST)
            return
        address = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(address.query).items()}
        search = query.get("q", "")[:200]
        before = int(query["before"]) if query.get("before", "").isdecimal() and len(query["before"]) < 16 else None
        if match := _MAIL.fullmatch(address.path):
            self._mail(int(match["id"]), match["part"], search)
        elif address.path == "/":
            store = self.server.store
            mails = store.listed(search=search, before=before, count=pages.PAGE)
            self._answer(pages.list_page(mails, total=store.total(), search=search, before=before), "text/html")
        elif address.path == "/mails.json":
            self._answer(self._as_json(search), "application/json")
        elif address.path == "/tray.css":
            self._answer(CSS.read_bytes(), "text/css")
        else:
            self._answer("There is nothing here.", "text/plain", status=HTTPStatus.NOT_FOUND)

    def _mail(self, number: int, part: str | None, search: str) -> None:
        store = self.server.store
        found = store.get(number)
        if found is None:
            self._answer("This mail is no longer in the tray.", "text/plain", status=HTTPStatus.NOT_FOUND)
            return
        mail, content = found
        if part == "source":
            self._answer(content, "text/plain")
        elif part == "html":
            self._answer(pages.html_document(parsed(content)), "text/html", policy=MAIL_POLICY)
        else:
            mails = store.listed(search=search, before=_page_with(number), count=pages.PAGE)
            page = pages.mail_page(mail, parsed(content), mails, total=store.total(), search=search)
            self._answer(page, "text/html")

    def _as_json(self, search: str) -> str:
        mails = self.server.store.listed(search=search, count=1000)
        return json.dumps(
            [
                {"id": mail.id, "at": mail.at.isoformat(), "to": mail.recipient, "subject": mail.subject}
                for mail in mails
            ]
        )

    def _answer(
        self, content: str | bytes, kind: str, *, status: HTTPStatus = HTTPStatus.OK, policy: str = PAGE_POLICY
    ) -> None:
        body = content.encode("utf-8", "replace") if isinstance(content, str) else content
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: addresses of mails are nobody's business."""


def _page_with(number: int) -> int:
    """Where the list beside a mail begins: a few newer ones are shown above it."""
    return number + pages.PAGE // 5
