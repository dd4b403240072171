"""A notification as an e-mail."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from crisisdesk.core.plain_text import render_text
from crisisdesk.core.transports import Envelope
from incidents.models import Notification
from incidents.oncall.links import ACKNOWLEDGE, LIFETIME, acknowledge_path

_TAG = re.compile(r"^\[[A-Z]+\] ")
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def compose(notification: Notification) -> Envelope:
    """The mail as it is handed over, the same bytes on every attempt but for the signature of its link.

    One recipient; Message-ID and Date are fixed when the notification is written (RFC 5322 §3.6.4). What concerns one
    alert or incident is one thread.
    """
    context = _context(notification)
    mail = EmailMessage(policy=SMTP if notification.person.email.isascii() else SMTPUTF8)
    name, sender = parseaddr(settings.STAFF_MAIL_FROM)
    mail["From"] = Address(name, addr_spec=sender)
    mail["To"] = Address(str(notification.person), addr_spec=notification.person.email)
    mail["Subject"] = context["subject"]
    mail["Date"] = format_datetime(notification.created_at.astimezone(UTC))
    mail["Message-ID"] = message_id = message_id_of(notification)
    if thread := _thread(notification):
        mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if notification.purpose != Notification.Purpose.BRIEFING:
        mail["Importance"] = "high"
    mail.set_content(render_text("emails/staff.txt", context) + "\n")
    mail.add_alternative(_inliner.inline(render_to_string("emails/staff.html", context)), subtype="html")
    return Envelope(sender, notification.person.email, mail.as_bytes(), message_id, f"notification:{notification.pk}")


def message_id_of(notification: Notification) -> str:
    """The Message-ID that follows from the occasion, the person and the moment."""
    return _id(f"{notification.key}|{notification.created_at.isoformat()}")


def _thread(notification: Notification) -> str:
    if notification.incident_id:
        return _id(f"incident:{notification.incident_id}")
    return _id(f"alert:{notification.alert_id}") if notification.alert_id else ""


def _id(name: str) -> str:
    return f"<{hashlib.sha256(name.encode()).hexdigest()[:32]}.staff@{settings.MAIL_DOMAIN}>"


def _context(notification: Notification) -> dict[str, Any]:
    drill = "DRILL " if notification.is_drill else ""
    return {
        "subject": f"{drill}{notification.subject}",
        "headline": _TAG.sub("", notification.subject),
        "body": notification.body,
        "link": _link(notification),
        "link_label": notification.link_label,
        "purpose": notification.purpose,
        "reference": notification.incident.reference if notification.incident else "",
        "is_drill": notification.is_drill,
        "person_name": str(notification.person),
        "why": f"told as {notification.role}" if notification.role else "",
    }


def _link(notification: Notification) -> str:
    path = notification.link
    if path == ACKNOWLEDGE and notification.alert:
        ends = notification.created_at + LIFETIME
        path = acknowledge_path(notification.person, notification.alert, expires_at=ends)
    return f"{settings.BASE_URL}{path}" if path.startswith("/") else path
