"""HTTP to addresses that people entered: resolved once and pinned, inside addresses refused, no redirects.

OWASP ASVS 5.0, 1.3.6 and 15.3.2: nobody may make the desk call machines that only it can reach.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest
from urllib3.connectionpool import HTTPConnectionPool

TIMEOUT_SECONDS = 15.0


class InsideAddress(requests.exceptions.InvalidURL):
    """The address is not one that outsiders can reach, and its host is on no list of exceptions."""


def pinned_ip(host: str, port: int, allowed: Collection[str] = ()) -> str:
    """The IP address to connect to. Raises InsideAddress when any address of the host lies inside.

    `allowed` holds hosts (names or IP addresses, `host` or `host:port`, lower case) that may lie inside. Raises
    requests.ConnectionError when the name has no address.
    """
    name = host.strip("[]").lower()
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise requests.exceptions.ConnectionError("The name has no address.") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not is_named(name, port, allowed) and not all(map(is_outside, addresses)):
        raise InsideAddress("The address lies in a network of our own, which is not allowed.")
    return addresses[0]


def is_named(host: str, port: int, allowed: Collection[str]) -> bool:
    """Whether a list of exceptions names this host, as `host` or `host:port`, lower case."""
    return host in allowed or f"{host}:{port}" in allowed


def is_outside(address: str) -> bool:
    """Whether anybody on the internet reaches this IP address: not private, link-local, loopback or reserved."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        # NAT64 (RFC 6052) leads to the IPv4 address in its last 32 bits.
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_outside(str(inner))
    return ip.is_global and not ip.is_multicast


class PinnedAdapter(HTTPAdapter):
    """Connects to the address that was looked at, whatever the name resolves to a moment later."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: object, proxies: object = None, cert: object = None
    ) -> HTTPConnectionPool:
        """As the parent's, with the pool opened for the pinned IP; the certificate is checked for the name."""
        parts = urlsplit(str(request.url))
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        ip = pinned_ip(host, port, self._allowed)
        request.headers.setdefault("Host", parts.netloc.rpartition("@")[2])
        host_params, wanted = self.build_connection_pool_key_attributes(request, True)
        pool: dict[str, object] = dict(wanted)
        if parts.scheme == "https":
            pool |= {"server_hostname": host, "assert_hostname": host}
        found: HTTPConnectionPool = self.poolmanager.connection_from_host(
            ip, port=port, scheme=host_params["scheme"], pool_kwargs=pool
        )
        return found


class GuardedSession(requests.Session):
    """A session that reaches outside addresses only; a redirect is an answer like any other, not a way to go."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        super().__init__()
        # No proxies, no .netrc: nothing of the machine's takes part.
        self.trust_env = False
        adapter = PinnedAdapter(allowed)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Never follows a redirect, always verifies, never waits for ever."""
        options |= {"allow_redirects": False, "verify": True, "proxies": None, "cert": None}
        options["timeout"] = TIMEOUT_SECONDS
        return super().request(method, url, *args, **options)
