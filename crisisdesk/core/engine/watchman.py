"""Watches the watcher: pings an external monitor while all is well, mails the operators when a loop is late.

A process of its own under the supervisor, so that a mail server or a monitor that hangs never keeps that from looking
after its children; it dies with the supervisor, and then the monitor hears nothing. It uses no queue and no loop: those
are what it watches.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from crisisdesk.core import clock, health
from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.engine.processes import ManagedProcess
from crisisdesk.core.engine.watching import Deeds, Watch
from crisisdesk.core.models import Heartbeat
from crisisdesk.core.transports import Envelope, Outcome, open_transport

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
PING_TIMEOUT = 10.0


def process() -> ManagedProcess | None:
    """The process to run under the supervisor; None when there is nobody to tell."""
    if not settings.DEADMAN_URL and not settings.ADMINS:
        return None
    return ManagedProcess("watchman", ["-m", "django", "watch", "--skip-checks"], {})


def watch_for_ever() -> None:
    """Look every five seconds until the process is ended."""
    watch, supervisor = Watch(monotonic()), f"supervisor {socket.gethostname()[:100]}:{os.getppid()}"
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            look(watch, supervisor)
        except Exception as error:  # noqa: BLE001 - whatever it is, the watch goes on
            logger.warning("The watch missed a look: %s", place_of(error))
            connections.close_all()


def look(watch: Watch, supervisor: str) -> Deeds:
    """Look once and do what follows; the network is used outside any transaction."""
    deeds = watch.look(health.check().reasons, monotonic())
    if deeds.ping and settings.DEADMAN_URL:
        ping(settings.DEADMAN_URL)
    if (deeds.trouble or deeds.over_after is not None) and _speaks(supervisor):
        if deeds.trouble:
            mail("CrisisDesk is in trouble", trouble_words(deeds.trouble))
        else:
            mail("CrisisDesk is well again", f"All loops run again, after {deeds.over_after or 0:.0f} s.")
    return deeds


def ping(url: str) -> bool:
    """Tell the external monitor that all is well; False when it could not be told.

    The address is the operator's own setting, so it may lie in a private network; only http and https are followed.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError("DEADMAN_URL must begin with http:// or https://")
    request = urllib.request.Request(url, headers={"User-Agent": "CrisisDesk"})  # noqa: S310 - scheme checked above
    try:
        with urllib.request.urlopen(request, timeout=PING_TIMEOUT) as answer:  # noqa: S310 - likewise
            return bool(200 <= answer.status < 300)
    except (urllib.error.URLError, OSError, ValueError) as error:
        # The address may hold a secret: only the kind of the fault is written down.
        logger.warning("The external monitor could not be told that all is well: %s", type(error).__name__)
        return False


def trouble_words(reasons: Sequence[str]) -> str:
    """The body of the mail: what is wrong, what it means, where to look."""
    lines = "\n".join(f"- {reason}" for reason in reasons)
    return (
        f"{lines}\n\nUntil this is mended, promised updates may not be watched, and messages and pages may not leave. "
        f"Keep an eye on the open incidents yourself: {settings.BASE_URL}/admin/\n\n"
        f"Seen from {socket.gethostname()}, process {os.getpid()}."
    )


def mail(subject: str, body: str) -> int:
    """Mail ADMINS over the way to staff; returns how many were handed over, and logs when one was not."""
    name_and_sender = settings.STAFF_MAIL_FROM
    sender = parseaddr(name_and_sender)[1]
    handed_over = 0
    with open_transport("staff") as transport:
        for _, recipient in settings.ADMINS:
            letter = EmailMessage(policy=SMTP)
            letter["From"], letter["To"], letter["Subject"] = name_and_sender, recipient, subject
            letter["Date"] = format_datetime(datetime.now(UTC))
            letter["Message-ID"] = message_id = make_msgid(domain=settings.MAIL_DOMAIN)
            letter["Auto-Submitted"] = "auto-generated"
            letter["Importance"] = "high"
            letter.set_content(body)
            answer = transport.send(Envelope(sender, recipient, letter.as_bytes(), message_id, "watchman"))
            if answer.outcome == Outcome.ACCEPTED:
                handed_over += 1
            else:
                logger.error("The operators could not be mailed (%s): %s", answer.outcome, subject)
    return handed_over


def _speaks(supervisor: str) -> bool:
    """Of several supervisors one mails: the first by name among those that live. Without a database each does."""
    try:
        alive = Heartbeat.objects.filter(kind="supervisor", beat_at__gt=clock.now() - health.LATE_AFTER)
        first = alive.order_by("name").values_list("name", flat=True).first()
    except (DatabaseError, InterfaceError):
        return True
    return first in (None, supervisor)
