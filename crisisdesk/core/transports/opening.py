"""Open the transport that settings name for a purpose."""

from __future__ import annotations

from typing import Literal

from django.conf import settings

from crisisdesk.core.transports.backend import BackendTransport
from crisisdesk.core.transports.config import MailConfig, parse
from crisisdesk.core.transports.envelope import MailTransport
from crisisdesk.core.transports.smtp import SmtpTransport

Purpose = Literal["customers", "staff"]


def config_for(purpose: Purpose) -> MailConfig:
    """What CUSTOMER_MAIL_URL or STAFF_MAIL_URL says; raises ImproperlyConfigured."""
    return parse(settings.CUSTOMER_MAIL_URL if purpose == "customers" else settings.STAFF_MAIL_URL)


def open_transport(purpose: Purpose) -> MailTransport:
    """A transport of its own for one thread, closed at the end of its context. Connects at the first mail."""
    config = config_for(purpose)
    return SmtpTransport(config) if config.is_smtp else BackendTransport(config)
