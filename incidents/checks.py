"""Misconfiguration that would keep people asleep or readers without a page, told before anything runs."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from crisisdesk.core.transports.opening import config_for

MINIMUM_KEY = 32


@register(Tags.security)
def check_link_keys(**_: Any) -> list[CheckMessage]:
    """Links in mails are signed with keys of their own."""
    hint = "Set LINK_KEYS to a long random key, newest first: python -c 'import secrets; print(secrets.token_hex(32))'"
    if not settings.LINK_KEYS:
        return [Warning("LINK_KEYS is empty, so no link in a mail can be signed.", hint=hint, id="incidents.W002")]
    if any(len(key) < MINIMUM_KEY for key in settings.LINK_KEYS):
        return [Error(f"A key in LINK_KEYS is shorter than {MINIMUM_KEY} characters.", hint=hint, id="incidents.E002")]
    return []


@register()
def check_staff_mail(**_: Any) -> list[CheckMessage]:
    """People can be woken by mail."""
    found: list[CheckMessage] = []
    try:
        config_for("staff")
    except ImproperlyConfigured as error:
        found.append(Error(str(error), hint="Mend STAFF_MAIL_URL.", id="incidents.E003"))
    if "@" not in parseaddr(settings.STAFF_MAIL_FROM)[1]:
        found.append(Error("STAFF_MAIL_FROM has no e-mail address.", id="incidents.E004"))
    return found


@register()
def check_times(**_: Any) -> list[CheckMessage]:
    """The times of the process make sense."""
    found: list[CheckMessage] = [
        Error(f"{name} must be above 0 seconds.", id="incidents.E005")
        for name in ("ACKNOWLEDGE_SECONDS", "QUALIFY_SECONDS")
        if getattr(settings, name) <= 0
    ]
    if settings.ACKNOWLEDGE_SECONDS > 1800:
        hint = "The backup is told only then; customers wait as long."
        found.append(Warning("ACKNOWLEDGE_SECONDS is more than half an hour.", hint=hint, id="incidents.W001"))
    return found
