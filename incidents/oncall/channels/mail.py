"""E-mail to staff: to the address of their account, or another one that they have proven to be theirs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, localtime, make_msgid, parseaddr
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from crisisdesk.core.plain_text import render_text
from crisisdesk.core.transports import Envelope, open_transport
from customers.delivery.mime import mailbox
from incidents.models import Attempt, ContactKind, ContactMethod, Notification
from incidents.oncall.attaching import file_of
from incidents.oncall.channels.base import Channel
from incidents.oncall.channels.letter import as_bytes
from incidents.oncall.links import link_of
from incidents.oncall.notify import LOOP
from incidents.oncall.short import bridge_of, code_words

_TAG = re.compile(r"^\[[A-Z]+\] ")
_AUTOMATIC = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "OOF, AutoReply"))
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


# Seconds until the next attempt; after the last one it has failed.
PAUSES = (2, 4, 8, 15, 30, 60, 120, 240)


def compose(attempt: Attempt, folded: Sequence[Attempt]) -> Envelope:
    """The mail as it is handed over, the same bytes on every attempt but for the signature of its link.

    One recipient; Message-ID and Date are fixed when the notification is written (RFC 5322 §3.6.4). What concerns one
    alert or incident is one thread.
    """
    notification = attempt.notification
    recipient = attempt.method.address if attempt.method else notification.person.email
    context = _context(notification)
    name, sender = parseaddr(settings.STAFF_MAIL_FROM)
    message_id = message_id_of(notification, attempt.position)
    head = [
        ("From", mailbox(name, sender)),
        ("To", mailbox(str(notification.person), recipient)),
        ("Date", format_datetime(notification.created_at.astimezone(UTC))),
        ("Message-ID", message_id),
        ("References", _thread(notification)),
        ("Importance", "" if notification.purpose == Notification.Purpose.BRIEFING else "high"),
        *_AUTOMATIC,
    ]
    content = as_bytes(
        head,
        subject=context["subject"],
        text=render_text("emails/staff.txt", context) + "\n",
        html=_inliner.inline(render_to_string("emails/staff.html", context)),
        file=file_of(notification),
    )
    return Envelope(sender, recipient, content, message_id, f"notification:{notification.pk}")


def compose_code(method: ContactMethod, code: str) -> Envelope:
    """The mail that carries a code."""
    name, sender = parseaddr(settings.STAFF_MAIL_FROM)
    mail = EmailMessage(policy=SMTP if method.address.isascii() else SMTPUTF8)
    mail["From"] = Address(name, addr_spec=sender)
    mail["To"] = Address(str(method.person), addr_spec=method.address)
    for header, value in _AUTOMATIC:
        mail[header] = value
    mail["Subject"] = "Your code for CrisisDesk"
    mail["Date"] = localtime()
    mail["Message-ID"] = message_id = make_msgid(domain=settings.MAIL_DOMAIN)
    mail.set_content(f"{code_words(code)}\n\nIf you did not ask for it, nothing needs to be done.\n")
    return Envelope(sender, method.address, mail.as_bytes(), message_id, f"code:{method.pk}")


def message_id_of(notification: Notification, position: int = 0) -> str:
    """The Message-ID that follows from the occasion, the person, the moment and the step."""
    step = f"|{position}" if position else ""
    return _id(f"{notification.key}|{notification.created_at.isoformat()}{step}")


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
        "link": link_of(notification),
        "bridge": bridge_of(notification),
        "link_label": notification.link_label,
        "purpose": notification.purpose,
        "reference": notification.incident.reference if notification.incident else "",
        "is_drill": notification.is_drill,
        "person_name": str(notification.person),
        "why": f"told as {notification.role_name}" if notification.role_name else "",
    }


CHANNEL = Channel(
    loop=LOOP,
    kinds=(ContactKind.EMAIL,),
    open=lambda: open_transport("staff"),
    compose=compose,
    code=compose_code,
    is_set_up=lambda: True,
    slots=1,
    pauses=PAUSES,
    fold_seconds=0,
    idle_seconds=0.25,
    ahead=25,
)
