"""The whole examination, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from crisisdesk.core import clock
from crisisdesk.core.transports.addresses import UnusableAddress, travelling
from crisisdesk.core.transports.opening import configs_for
from crisisdesk.doctor import domain, doors, keys, work
from crisisdesk.doctor.dns import Resolver
from crisisdesk.doctor.finding import Finding, fail


def examine(resolver: Resolver) -> Iterator[Finding]:
    """Every finding. A part that cannot be looked at is a finding itself."""
    try:
        yield from keys.examine()
    except ImproperlyConfigured as error:
        yield fail("mail to customers", str(error), "Mend CUSTOMER_MAIL_URL.")
    yield from _domain(resolver)
    yield from doors.examine(timezone.now())
    try:
        before = timezone.now()
        theirs = clock.now()
        # The answer took a while: compare with the middle of it.
        yield work.clock(before + (timezone.now() - before) / 2, theirs)
        yield from work.examine(theirs)
    except (DatabaseError, InterfaceError) as error:
        yield fail("database", f"The database cannot be read ({type(error).__name__}).", "Look at DATABASE_URL.")


def _domain(resolver: Resolver) -> Iterator[Finding]:
    try:
        sender = _domain_of(settings.MAIL_FROM)
        reply = _domain_of(settings.REPLY_TO) if settings.REPLY_TO else ""
        sends_itself = any(config.is_smtp for config in configs_for("customers"))
    except UnusableAddress as error:
        yield fail("sender", str(error), "Mend MAIL_FROM and REPLY_TO.")
        return
    except ImproperlyConfigured:
        sends_itself = True
    yield from domain.examine(
        sender,
        selectors=settings.DKIM_SELECTORS,
        reply_domain=reply,
        sends_itself=sends_itself,
        resolver=resolver,
    )


def _domain_of(mailbox: str) -> str:
    return travelling(parseaddr(mailbox)[1]).rpartition("@")[2].lower()
