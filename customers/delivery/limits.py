"""Limits of providers: so many mails a second by a way out, so many a minute to a recipient's domain, so many at once.

What is used stands in the database, so that all senders share it. It is counted when deliveries are claimed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from customers.models import SendingQuota

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_LIMIT = re.compile(r"^(?P<domain>\*|[^=\s]+)=(?P<minute>\d*)(?:/(?P<at_once>\d+))?$")


@dataclass(frozen=True, slots=True)
class DomainLimit:
    """For one domain; 0 is no limit."""

    per_minute: int = 0
    at_once: int = 0


def domain_of(address: str) -> str:
    """The domain of an address, in lower case."""
    return address.rpartition("@")[2].lower()


def domain_limit(domain: str) -> DomainLimit | None:
    """What DOMAIN_LIMITS says of a domain, or of all others by `*`; None where nothing is limited.

    Raises ImproperlyConfigured.
    """
    limits = parse_limits(tuple(settings.DOMAIN_LIMITS))
    return (limits.get(domain) or limits.get("*")) if limits else None


@lru_cache(maxsize=8)
def parse_limits(listed: tuple[str, ...]) -> dict[str, DomainLimit]:
    """Entries such as "example.com=600/4": 600 a minute, 4 at once. Raises ImproperlyConfigured."""
    found = {}
    for entry in listed:
        match = _LIMIT.match(entry.strip())
        if match is None:
            raise ImproperlyConfigured(
                f"DOMAIN_LIMITS has “{entry}”. Write domain=per minute, or domain=per minute/at once, such as "
                "example.com=600/4; * stands for all other domains."
            )
        found[match["domain"].lower()] = DomainLimit(int(match["minute"] or 0), int(match["at_once"] or 0))
    return found


def share_of(whole: int, number: int, parts: int) -> int:
    """What the part of that number (from 0) gets; the shares add up to the whole."""
    return whole // parts + (number < whole % parts)


def left_of(key: str, limit: int, window: timedelta, *, now: datetime) -> tuple[SendingQuota, int]:
    """The quota, locked until the transaction ends, and how many may still go in this window."""
    SendingQuota.objects.bulk_create([SendingQuota(key=key, since=now)], ignore_conflicts=True)
    quota = SendingQuota.objects.select_for_update().get(key=key)
    # Also one that begins far ahead: the clock was wrong when it began, and it would not end for as long.
    if abs(now - quota.since) >= window:
        quota.since, quota.used = now, 0
    return quota, max(0, limit - quota.used)


def use(quota: SendingQuota, count: int) -> None:
    """Count what was claimed under a quota that `left_of` has locked."""
    quota.used += count
    quota.save(update_fields=["since", "used"])


def held_back(addresses: Iterable[tuple[int, str]], *, now: datetime) -> dict[datetime, list[int]]:
    """Which of these (delivery, address) must wait for their domain, by the moment until when; counts the others.

    Belongs into the transaction that claims them.
    """
    if not settings.DOMAIN_LIMITS:
        return {}
    by_domain: dict[str, list[int]] = {}
    for pk, address in addresses:
        limit = domain_limit(domain := domain_of(address))
        if limit is not None and limit.per_minute:
            by_domain.setdefault(domain, []).append(pk)
    held: dict[datetime, list[int]] = {}
    for domain, ids in sorted(by_domain.items()):
        limit = domain_limit(domain)
        assert limit is not None  # noqa: S101 - it was looked up above
        quota, left = left_of(f"domain {domain}", limit.per_minute, MINUTE, now=now)
        use(quota, min(left, len(ids)))
        for place, pk in enumerate(ids[left:]):
            held.setdefault(quota.since + MINUTE * (1 + place // limit.per_minute), []).append(pk)
    return held
