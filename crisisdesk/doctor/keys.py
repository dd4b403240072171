"""Keys, secrets and switches. What they are is never shown."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from django.conf import settings

from crisisdesk.core.transports.opening import configs_for
from crisisdesk.doctor.finding import Finding, fail, ok, warn
from customers.callbacks.mail import SIGNED_BY

SHORTEST = 32
LONG_ENOUGH = 50
FEWEST_CHARACTERS = 8
NEW_KEY = "python -c 'import secrets; print(secrets.token_hex(32))'"


def examine() -> Iterator[Finding]:
    """Findings on the settings that must be secret or safe."""
    yield _debug()
    yield _secret_key()
    yield from _link_keys()
    yield _address()
    providers = {config.provider for config in configs_for("customers")} - {""}
    if "amazon_ses" in providers and not settings.ANYMAIL.get("AMAZON_SES_TOPIC_ARN"):
        hint = "Set AMAZON_SES_TOPIC_ARN to the topic that the configuration set publishes to."
        yield fail("events", "The reports of Amazon SES are all refused: no topic of SNS is named.", hint)
    if others := sorted(providers - {"amazon_ses"}):
        yield _webhooks(others)


def _debug() -> Finding:
    if settings.DEBUG:
        return fail("DEBUG", "DEBUG is on: whoever opens a page may see settings and data.", "Set DEBUG=off.")
    return ok("DEBUG", "DEBUG is off.")


def _secret_key() -> Finding:
    hint = f"Set SECRET_KEY: {NEW_KEY}"
    if not os.environ.get("SECRET_KEY"):
        return warn("SECRET_KEY", "SECRET_KEY is not set: each process has its own, and sessions end with it.", hint)
    key = settings.SECRET_KEY
    if len(key) < LONG_ENOUGH or len(set(key)) < FEWEST_CHARACTERS:
        return fail("SECRET_KEY", f"SECRET_KEY is shorter than {LONG_ENOUGH} characters or too uniform.", hint)
    return ok("SECRET_KEY", "SECRET_KEY is set and long enough.")


def _link_keys() -> Iterator[Finding]:
    hint = f"Put a new key first in LINK_KEYS: {NEW_KEY}"
    keys = settings.LINK_KEYS
    if not keys:
        yield fail("LINK_KEYS", "LINK_KEYS is empty: no message to customers can be written.", hint)
    elif any(len(key) < SHORTEST for key in keys):
        yield fail("LINK_KEYS", f"A key in LINK_KEYS is shorter than {SHORTEST} characters.", hint)
    elif settings.SECRET_KEY in keys:
        yield fail("LINK_KEYS", "SECRET_KEY is also a link key: rotating it would break customers' links.", hint)
    else:
        yield ok("LINK_KEYS", f"{len(keys)} link key(s), each long enough.")


def _address() -> Finding:
    if not settings.BASE_URL.startswith("https://"):
        hint = "Set BASE_URL to the https:// address of this desk."
        return warn("BASE_URL", "Links in mails are not https; one-click unsubscribe needs it (RFC 8058).", hint)
    if "*" in settings.ALLOWED_HOSTS:
        return fail("ALLOWED_HOSTS", "ALLOWED_HOSTS takes every name.", "Name the hosts this desk answers to.")
    return ok("BASE_URL", "Links in mails are https.")


def _webhooks(providers: Sequence[str]) -> Finding:
    known = settings.ANYMAIL
    secret = known.get("WEBHOOK_SECRET", "")
    unsigned = [one for one in providers if not any(known.get(name) for name in SIGNED_BY.get(one, ()))]
    if unsigned and not secret:
        hint = "Set ANYMAIL_WEBHOOK_SECRET to user:password and give both to the provider."
        text = f"The events of {', '.join(unsigned)} are all refused: there is nothing to check them by."
        return fail("events", text, hint)
    if secret and (":" not in secret or len(secret) < SHORTEST):
        hint = f"Set ANYMAIL_WEBHOOK_SECRET to user:password, {SHORTEST} characters or more."
        return warn("events", "ANYMAIL_WEBHOOK_SECRET is short or has no colon.", hint)
    return ok("events", "The provider's events are checked before they count.")
