"""The ways out: do they answer, is their encryption verified, are we let in. Nothing is sent."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from crisisdesk.core.transports.config import MailConfig
from crisisdesk.core.transports.opening import Purpose, configs_for
from crisisdesk.core.transports.sms import sms_config_from_settings
from crisisdesk.core.transports.smtp import connect
from crisisdesk.doctor.finding import Finding, fail, ok, warn

EXPIRES_SOON = timedelta(days=14)
LOCAL = ("localhost", "127.", "::1", "[::1]")
SETTING: dict[Purpose, str] = {"customers": "CUSTOMER_MAIL_URL", "staff": "STAFF_MAIL_URL"}


def examine(now: datetime) -> Iterator[Finding]:
    """Findings on both mail settings and on SMS."""
    seen: dict[MailConfig, Finding] = {}
    for purpose in SETTING:
        try:
            configs = configs_for(purpose)
        except ImproperlyConfigured as error:
            yield fail(f"mail to {purpose}", str(error), f"Mend {SETTING[purpose]}.")
            continue
        for config in configs:
            if config not in seen:
                seen[config] = _door(config, f"mail to {purpose}", now)
                yield seen[config]
    if settings.STAFF_MAIL_URL == settings.CUSTOMER_MAIL_URL:
        hint = "Set STAFF_MAIL_URL to another server, or another account."
        yield warn("mail to staff", "The mail that wakes people goes the same way as customers' mail.", hint)
    yield _sms()


def _door(config: MailConfig, about: str, now: datetime) -> Finding:
    return _smtp(config, about, now) if config.is_smtp else _backend(config, about)


def _smtp(config: MailConfig, about: str, now: datetime) -> Finding:
    try:
        client = connect(config)
    except smtplib.SMTPAuthenticationError as error:
        return fail(about, f"{config.name} refuses our sign-in ({error.smtp_code}).", "Mend user and password.")
    except smtplib.SMTPNotSupportedError:
        return fail(about, f"{config.name} does not offer what we demand.", "Look at STARTTLS and AUTH there.")
    except ssl.SSLCertVerificationError as error:
        hint = "Renew the certificate, use its name, or name the authority by ?ca=."
        return fail(about, f"The certificate of {config.name} is not valid: {error.verify_message}.", hint)
    except ssl.SSLError as error:
        return fail(about, f"No encryption with {config.name}: {error.reason}.", "Look at its TLS settings.")
    except OSError as error:
        hint = "Is it running, and may this machine reach it?"
        return fail(about, f"{config.name} does not answer ({error.strerror or type(error).__name__}).", hint)
    try:
        certificate = client.sock.getpeercert() if isinstance(client.sock, ssl.SSLSocket) else None
    finally:
        client.close()
    if certificate is None:
        if config.host.startswith(LOCAL):
            return ok(about, f"{config.name} answers, on this machine.")
        hint = "Use smtp+tls:// or smtps://, and never a password without them."
        return warn(about, f"{config.name} answers, but mail to it is not encrypted.", hint)
    return _encrypted(config, about, str(certificate.get("notAfter", "")), now)


def _encrypted(config: MailConfig, about: str, not_after: str, now: datetime) -> Finding:
    left = timedelta(seconds=ssl.cert_time_to_seconds(not_after) - now.timestamp()) if not_after else EXPIRES_SOON
    if left < EXPIRES_SOON:
        return warn(about, f"The certificate of {config.name} ends in {left.days} days.", "Have it renewed.")
    signed_in = " and lets us in" if config.user else ""
    return ok(about, f"{config.name} answers with a verified certificate{signed_in}.")


def _backend(config: MailConfig, about: str) -> Finding:
    try:
        get_connection(config.backend)
    except ImproperlyConfigured as error:
        return fail(about, f"{config.name}: {str(error).splitlines()[0]}", "Set the provider's key.")
    except ImportError:
        return fail(about, f"{config.name} cannot be loaded.", "Is the name right, is its library installed?")
    return ok(about, f"{config.name} is configured; its HTTPS interface is verified by its library.")


def _sms() -> Finding:
    if sms_config_from_settings() is not None:
        return ok("SMS", "Twilio is configured; only a text shows whether the account works.")
    if settings.TWILIO_ACCOUNT_SID or settings.TWILIO_AUTH_TOKEN:
        hint = "Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID."
        return fail("SMS", "Twilio is configured in part, so nobody gets an SMS.", hint)
    return ok("SMS", "SMS is not set up; nobody gets one.")
