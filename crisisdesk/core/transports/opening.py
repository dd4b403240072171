"""Open the transport that settings name for a purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from django.conf import settings

from crisisdesk.core.transports.backend import BackendTransport
from crisisdesk.core.transports.batches import BatchTransport
from crisisdesk.core.transports.config import MailConfig, parse, split_urls
from crisisdesk.core.transports.envelope import MailTransport
from crisisdesk.core.transports.failover import FailoverTransport, Way
from crisisdesk.core.transports.smtp import SmtpTransport

Purpose = Literal["customers", "staff"]


@dataclass(frozen=True)
class Route:
    """Every way out for a purpose, in order. `ways` is empty for a single one: it needs no fuse of its own."""

    configs: tuple[MailConfig, ...]
    ways: tuple[Way, ...]

    @property
    def name(self) -> str:
        """How logs, events and pages call it."""
        return ", ".join(config.name for config in self.configs)[:60]

    @property
    def connections(self) -> int:
        """How many mails may be under way at once."""
        return self.configs[0].connections

    @property
    def repeats_safely(self) -> bool:
        """Whether an unknown outcome may be repeated: over SMTP, and only where the repeat takes the same way."""
        return len(self.configs) == 1 and self.configs[0].is_smtp

    def open(self) -> MailTransport:
        """A transport for one thread; connects at the first mail."""
        return FailoverTransport(self.name, self.ways) if self.ways else _open(self.configs[0])


def configs_for(purpose: Purpose) -> tuple[MailConfig, ...]:
    """What CUSTOMER_MAIL_URL or STAFF_MAIL_URL says, in order; raises ImproperlyConfigured."""
    setting = settings.CUSTOMER_MAIL_URL if purpose == "customers" else settings.STAFF_MAIL_URL
    return tuple(parse(url) for url in split_urls(setting))


def config_for(purpose: Purpose) -> MailConfig:
    """The first way out; raises ImproperlyConfigured."""
    return configs_for(purpose)[0]


def route_for(purpose: Purpose) -> Route:
    """Every way out for a purpose; the fuses are this process's. Raises ImproperlyConfigured."""
    return _route(purpose, configs_for(purpose))


def open_transport(purpose: Purpose) -> MailTransport:
    """A transport of its own for one thread, closed at the end of its context. Connects at the first mail."""
    return route_for(purpose).open()


@lru_cache(maxsize=8)
def _route(purpose: Purpose, configs: tuple[MailConfig, ...]) -> Route:
    if len(configs) == 1:
        return Route(configs, ())
    names = _apart([config.name for config in configs])
    return Route(configs, tuple(map(_way, configs, names)))


def _apart(names: Sequence[str]) -> list[str]:
    """Names as events keep them, each of one way only: two accounts at one server are two ways."""
    found: list[str] = []
    for name in names:
        number = sum(other == name for other in names[: len(found)]) + 1
        found.append(name[:60] if number == 1 else f"{name[:55]} ({number})")
    return found


def _way(config: MailConfig, name: str) -> Way:
    return Way(name, lambda: _open(config), config.batch)


def _open(config: MailConfig) -> MailTransport:
    if config.batch > 1:
        return BatchTransport(config)
    return SmtpTransport(config) if config.is_smtp else BackendTransport(config)
