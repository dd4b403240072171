"""Misconfiguration that would keep messages from customers, told before anything runs."""

from __future__ import annotations

import os
import re
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from crisisdesk.core.transports.addresses import UnusableAddress, travelling
from crisisdesk.core.transports.opening import configs_for
from crisisdesk.core.transports.prices import parse_prices
from customers.delivery.retention import SHORTEST_DAYS


@register(Tags.security, deploy=True)
def check_link_keys(**_: Any) -> list[CheckMessage]:
    """In production customers' links are signed with keys of their own."""
    if settings.LINK_KEYS:
        return []
    hint = "Set LINK_KEYS: python -c 'import secrets; print(secrets.token_hex(32))'"
    return [Error("LINK_KEYS is empty: no message to customers can be written.", hint=hint, id="customers.E001")]


@register(Tags.security, deploy=True)
def check_base_url(**_: Any) -> list[CheckMessage]:
    """One-click unsubscribe takes an HTTPS address (RFC 8058 §3.1)."""
    if settings.BASE_URL.startswith("https://"):
        return []
    return [Warning("BASE_URL is not https: links to customers are not private.", id="customers.W001")]


@register()
def check_customer_mail(**_: Any) -> list[CheckMessage]:
    """There is a way out, and addresses to use on it."""
    found: list[CheckMessage] = []
    try:
        configs = configs_for("customers")
    except ImproperlyConfigured as error:
        found.append(Error(str(error), hint="Mend CUSTOMER_MAIL_URL.", id="customers.E002"))
    else:
        if any(config.scheme == "smtp" and config.password for config in configs):
            text = "CUSTOMER_MAIL_URL sends a password without encryption."
            found.append(Warning(text, hint="Use smtp+tls:// or smtps://.", id="customers.W002"))
    for name in ("MAIL_FROM", "REPLY_TO", "DRILL_ADDRESS"):
        value = getattr(settings, name)
        if name == "REPLY_TO" and not value:
            continue
        try:
            travelling(parseaddr(value)[1])
        except UnusableAddress as error:
            found.append(Error(f"{name}: {error}", id="customers.E003"))
    return found


@register()
def check_retention(**_: Any) -> list[CheckMessage]:
    """Reports are kept as long as the database insists."""
    if settings.PROVIDER_EVENT_DAYS >= SHORTEST_DAYS:
        return []
    text = f"PROVIDER_EVENT_DAYS is {settings.PROVIDER_EVENT_DAYS}; reports are kept {SHORTEST_DAYS} days all the same."
    return [Warning(text, hint=f"Set it to {SHORTEST_DAYS} or more.", id="customers.W004")]


@register()
def check_sms(**_: Any) -> list[CheckMessage]:
    """Prices can be read, and the telephone of drills is one."""
    found: list[CheckMessage] = []
    try:
        parse_prices(settings.SMS_PRICES)
    except ValueError as error:
        found.append(Error(f"SMS_PRICES: {error}", id="customers.E004"))
    if settings.DRILL_PHONE and not re.fullmatch(r"\+[1-9]\d{6,14}", settings.DRILL_PHONE):
        hint = "Write it with its country code and digits only, such as +14155550123."
        found.append(Error("DRILL_PHONE is not a telephone number in E.164.", hint=hint, id="customers.E005"))
    return found


@register()
def check_journal(**_: Any) -> list[CheckMessage]:
    """The sender can write its journal."""
    directory = Path(settings.JOURNAL_DIR)
    nearest = next(path for path in (directory, *directory.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return []
    hint = "The sender sends nothing that it cannot note down first. Set JOURNAL_DIR to a directory of its own."
    return [Warning(f"JOURNAL_DIR cannot be written: {directory}.", hint=hint, id="customers.W003")]
