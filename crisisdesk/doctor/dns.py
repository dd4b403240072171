"""DNS as the doctor asks it."""

from __future__ import annotations

from typing import Protocol

import dns.exception
import dns.resolver

SECONDS = 5.0


class CouldNotLook(Exception):
    """Nobody answers, so nothing is known about the name."""


class Resolver(Protocol):
    """What the doctor needs of DNS. Both raise CouldNotLook."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each joined; empty when there are none."""
        ...

    def takes_mail(self, name: str) -> bool:
        """Whether mail to the domain finds a server (RFC 5321 §5.1): an MX that is not null, or else an address."""
        ...


class SystemResolver:
    """The resolver that this machine is set up with, or the server given."""

    def __init__(self, server: str = "", port: int = 53) -> None:
        self._resolver: dns.resolver.Resolver | None = None
        if server:
            self._resolver = dns.resolver.Resolver(configure=False)
            self._resolver.nameservers, self._resolver.port = [server], port

    def texts(self, name: str) -> list[str]:
        """See Resolver."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def takes_mail(self, name: str) -> bool:
        """See Resolver."""
        if servers := self._ask(name, "MX"):
            return any(str(server.exchange) != "." for server in servers)
        return bool(self._ask(name, "A") or self._ask(name, "AAAA"))

    def _ask(self, name: str, kind: str) -> list[dns.resolver.Answer]:
        try:
            resolver = self._resolver or dns.resolver.get_default_resolver()
            return list(resolver.resolve(name, kind, lifetime=SECONDS))
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise CouldNotLook(type(error).__name__) from error
