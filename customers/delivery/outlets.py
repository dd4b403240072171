"""What the sender works with on each channel: how transports are opened, and what may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from crisisdesk.core.transports import MailTransport
from crisisdesk.core.transports.config import MailConfig
from crisisdesk.core.transports.failover import Way
from crisisdesk.core.transports.opening import route_for
from crisisdesk.core.transports.sms import sms_config_from_settings
from customers.delivery import trouble
from customers.delivery.limits import share_of
from customers.models import Channel, SendingTrouble


@dataclass(frozen=True)
class Outlet:
    """The way out on one channel. `ways` are those of a list, each with its fuse; empty for a single one.

    `smtp` is set where one plain SMTP server is all there is: one thread then holds all connections; `is_smtp` where
    all ways are such. `per_second` is the most that all senders together may hand over; 0 for no limit.
    """

    channel: Channel
    name: str
    connections: int
    repeats_safely: bool
    open: Callable[[], MailTransport]
    ways: tuple[Way, ...] = ()
    smtp: MailConfig | None = None
    per_second: int = 0
    part: tuple[int, int] = (0, 1)
    is_smtp: bool = False


def email_outlet(number: int = 0, senders: int = 1) -> Outlet | None:
    """As CUSTOMER_MAIL_URL says, with this sender's share of the connections; None when it has none.

    No more senders than can have two each, so that no domain ever holds all connections of one. `number` counts from
    0. Raises ImproperlyConfigured.
    """
    route = route_for("customers")
    senders = min(senders, max(1, route.connections // 2))
    connections = share_of(route.connections, number, senders) if number < senders else 0
    (first, *others) = route.configs
    smtp = replace(first, connections=connections) if first.is_smtp and not others else None
    if not connections:
        return None
    return Outlet(
        Channel.EMAIL,
        route.name,
        connections,
        route.repeats_safely,
        route.open,
        route.ways,
        smtp,
        per_second=first.per_second,
        part=(number, senders),
        is_smtp=all(config.is_smtp for config in route.configs),
    )


def sms_outlet() -> Outlet | None:
    """As the TWILIO settings say; None when there are none."""
    is_public = settings.BASE_URL.startswith("https://")
    config = sms_config_from_settings(f"{settings.BASE_URL}{reverse('twilio_status')}" if is_public else "")
    if config is None:
        return None
    return Outlet(Channel.SMS, config.name, config.connections, repeats_safely=False, open=config.open)


def tell(outlet: Outlet, *, now: datetime) -> None:
    """Keep the troubles of a list's ways as their fuses are: sending goes on by another, and people know all the same.

    Main thread only.
    """
    if not outlet.ways:
        return
    names = [way.name[:60] for way in outlet.ways]
    known = set(SendingTrouble.objects.filter(transport__in=names, closed_at=None).values_list("transport", "fault"))
    with transaction.atomic():
        for way in outlet.ways:
            answer = way.fuse.trouble()
            if answer is not None and (way.name[:60], answer.fault) not in known:
                text = f"{answer.code} {answer.text}".strip()
                trouble.note(way.name, answer.fault, f"Mail goes by another way meanwhile: {text}", now=now)
            elif way.fuse.failures == 0 and way.fuse.has_worked and any(name == way.name[:60] for name, _ in known):
                trouble.close_all(way.name, now=now)
