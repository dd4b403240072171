"""A calendar from an address outside: resolved once and pinned, no redirect, limits on time and size (ASVS 1.3.6)."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from django.conf import settings

from crisisdesk.core.transports.outgoing import InsideAddress, is_named, pinned_ip

CONNECT_SECONDS = 4.0
TOTAL_SECONDS = 12.0
LARGEST = 2 * 1024 * 1024
CHUNK = 65536


class FeedError(Exception):
    """The calendar can't be had or read; the text says why and what to do, and holds nothing secret."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back; `body` is None when nothing has changed since `tag`."""

    body: bytes | None
    tag: str


def check_address(url: str) -> SplitResult:
    """The parts of an address that may be fetched (webcal: is https:); raises FeedError. No network is used."""
    url = url.strip()
    if url.lower().startswith("webcal:"):
        url = f"https:{url[7:]}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FeedError("This is not an address. Copy the whole of it, beginning with https://.") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise FeedError("The address must begin with https:// (or webcal://).")
    if parts.username or parts.password:
        raise FeedError("The address must hold no password. Use the private link that the calendar offers.")
    if parts.scheme == "http" and not is_named(parts.hostname, port or 80, settings.INSIDE_HOSTS):
        raise FeedError("The address must begin with https://: whoever listens could change who is woken.")
    if port == 0:
        raise FeedError("The port of the address is not usable.")
    return parts


def fetch(url: str, tag: str = "") -> Fetched:
    """Read the calendar once, with the last `tag` (ETag) to save the way; raises FeedError."""
    parts = check_address(url)
    connection = _connect(parts, ends=monotonic() + TOTAL_SECONDS)
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        headers = {"Accept": "text/calendar, */*;q=0.1", "User-Agent": "CrisisDesk calendar reader"}
        connection.request("GET", path, headers=headers | ({"If-None-Match": tag} if tag else {}))
        return _answer(connection.getresponse(), tag)
    except ssl.SSLCertVerificationError as error:
        raise FeedError(f"The certificate of {parts.hostname} is not valid, so nothing was read.") from error
    except TimeoutError as error:
        raise FeedError(f"{parts.hostname} took longer than {TOTAL_SECONDS:.0f} s to answer.") from error
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise FeedError(f"No answer from {parts.hostname} ({type(error).__name__}). Check the address.") from error
    finally:
        connection.close()


def _answer(response: http.client.HTTPResponse, tag: str) -> Fetched:
    if response.status == http.client.NOT_MODIFIED and tag:
        return Fetched(None, tag)
    if 300 <= response.status < 400:
        raise FeedError(f"The address leads elsewhere (HTTP {response.status}). Enter the address that it leads to.")
    if response.status in (401, 403, 404, 410):
        text = f"The calendar is not there any more or not for us (HTTP {response.status}). Make a new private link."
        raise FeedError(text)
    if response.status != http.client.OK:
        raise FeedError(f"The calendar answered with HTTP {response.status}. It is tried again by itself.")
    body = bytearray()
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise FeedError(
                f"The calendar is larger than {LARGEST // 1024 // 1024} MB. Publish one for this role alone."
            )
    return Fetched(bytes(body), (response.headers.get("ETag") or "")[:200])


def _connect(parts: SplitResult, *, ends: float) -> http.client.HTTPConnection:
    """A connection to the one address that was looked up and found fit, whatever the name means a moment later."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _resolve(host, port)
    if parts.scheme == "http":
        return _Pinned(host, port, address, ends)
    return _PinnedTLS(host, port, address, ends)


def _resolve(host: str, port: int) -> str:
    try:
        return pinned_ip(host, port, settings.INSIDE_HOSTS)
    except InsideAddress as error:
        raise FeedError(
            f"{host} is inside your own network, where calendars are not read from. "
            "If it is meant so, whoever runs the desk names it in INSIDE_HOSTS."
        ) from error
    except requests.exceptions.ConnectionError as error:
        raise FeedError(f"There is no host named {host}. Check the address.") from error


class _Pinned(http.client.HTTPConnection):
    """A connection to one address; what comes over it, headers and all, is read until `ends` (monotonic) and no longer.

    The time limit of a socket is for each read: a server that gives a byte every few seconds would never meet it.
    """

    def __init__(self, host: str, port: int, address: str, ends: float) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._address = address
        self._ends = ends

    def connect(self) -> None:
        self.sock = _Timed(self._reached(), self._ends)

    def _reached(self) -> socket.socket:
        return socket.create_connection((self._address, self.port), self.timeout)


class _PinnedTLS(_Pinned):
    default_port = 443

    def _reached(self) -> socket.socket:
        plain = super()._reached()
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


class _Timed:
    """As much of a socket as http.client uses."""

    def __init__(self, plain: socket.socket, ends: float) -> None:
        self._plain = plain
        self._ends = ends

    def sendall(self, data: bytes) -> None:
        self._plain.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReads(self._plain, self._ends))

    def close(self) -> None:
        self._plain.close()


class _TimedReads(io.RawIOBase):
    """Reads of a socket, each no longer than what is left of the whole."""

    def __init__(self, plain: socket.socket, ends: float) -> None:
        self._plain = plain
        # Keeps the connection open when http.client closes its own hold on it.
        self._file = plain.makefile("rb", buffering=0)
        self._ends = ends

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        left = self._ends - monotonic()
        if left <= 0:
            raise TimeoutError
        self._plain.settimeout(min(CONNECT_SECONDS, left))
        return self._file.readinto(into)

    def close(self) -> None:
        self._file.close()
        super().close()
