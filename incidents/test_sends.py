"""The draft to oneself: the very mail that customers would get, to the address of whoever asks and nobody else."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, WrongState
from crisisdesk.core.transports import Answer, Envelope, Outcome, open_transport
from crisisdesk.core.transports.addresses import UnusableAddress
from customers.delivery.compose import LINK_LIFETIME
from customers.delivery.rendered import ReaderClass
from customers.delivery.wire import Compiled, Reader
from customers.models import Channel, Message, MessageContent
from incidents.letters import letter_of
from incidents.locking import locked
from incidents.models import Draft, Incident
from incidents.outgoing import LINK_PURPOSE
from incidents.render import render_letter

MARK = "[TEST]"
TESTED = "draft.tested"
# As many in so long a time, of one person in one incident: enough to try the words in every language.
MOST, WINDOW = 6, timedelta(minutes=10)


def send_test(draft: Draft, incident: Incident, *, to: User, language: str, by: Actor, now: datetime) -> str:
    """Hand the draft over as a mail to `to`, who is `by` themselves, and return the address it went to.

    The words are those of readers of `language`, the times in the active zone. It stands in no ledger, keeps no
    promise, and its links open nothing. Raises NotAllowed, WrongState (too many tests, not taken by the mail server)
    and InvalidInput (no usable address). Not to be called inside a transaction: it speaks to a mail server.
    """
    require(by, Act.EDIT_DRAFT)
    if to.pk != by.person_id:
        raise InvalidInput("A test goes to the person who asks for it, and to nobody else.")
    if "@" not in to.email:
        raise InvalidInput("Your account has no e-mail address; an administrator can enter one.")
    envelope = _mail(draft, incident, to, language, now)
    _count(draft, incident, by=by, now=now)
    answer = _handed_over(envelope)
    if answer.outcome is not Outcome.ACCEPTED:
        raise WrongState(f"The test was not taken by the mail server: {_words(answer)}. Nothing went to customers.")
    return to.email


def _mail(draft: Draft, incident: Incident, to: User, language: str, now: datetime) -> Envelope:
    """Written by what writes to customers, from rows that are never saved; the links are those of nobody."""
    zone = timezone.get_current_timezone_name()
    reader = ReaderClass(language, zone, Channel.EMAIL)
    rendered = render_letter(letter_of(draft, incident, sent_at=now), incident, reader)
    message = Message(
        thread_key=incident.reference,
        kind=draft.kind,
        priority=0,
        is_drill=incident.is_drill,
        from_address=settings.MAIL_FROM,
        reply_to=settings.REPLY_TO,
        link_purpose=LINK_PURPOSE,
        link_expires_at=now + LINK_LIFETIME,
        created_at=now,
    )
    content = MessageContent(
        language=language,
        time_zone=zone,
        channel=Channel.EMAIL,
        subject=f"{MARK} {rendered.subject}",
        text=rendered.text,
        html=rendered.html,
    )
    nobody = Reader(
        delivery_id=0,
        contact_id=0,
        link_version=0,
        name=str(to),
        customer_name=settings.VENDOR_NAME,
        address=to.email,
        mail_id=f"<{uuid.uuid4().hex}.test@{settings.MAIL_DOMAIN}>",
    )
    try:
        # Without a reference: what a provider reports of it belongs to no delivery.
        return replace(Compiled(message, content).envelope(nobody), reference="")
    except UnusableAddress as error:
        raise InvalidInput(f"Your own address can't be written to: {error}") from error
    except ImproperlyConfigured as error:
        raise WrongState(f"No test can be sent, and no message to customers either: {error}") from error


def _count(draft: Draft, incident: Incident, *, by: Actor, now: datetime) -> None:
    """Write the test down before it leaves. Raises WrongState when there were too many of late."""
    with transaction.atomic():
        locked(incident)
        late = AuditEntry.objects.filter(
            incident=incident.reference, action=TESTED, actor_id=by.id, actor_kind=by.kind, at__gt=now - WINDOW
        )
        if (earlier := list(late.order_by("at").values_list("at", flat=True))) and len(earlier) >= MOST:
            free = timezone.localtime(earlier[-MOST] + WINDOW)
            raise WrongState(f"You sent yourself {MOST} tests within ten minutes; the next one can go at {free:%H:%M}.")
        audit.record(TESTED, by=by, now=now, on=draft, incident=incident.reference, is_drill=incident.is_drill)


def _handed_over(envelope: Envelope) -> Answer:
    try:
        with open_transport("customers") as transport:
            return transport.send(envelope)
    except ImproperlyConfigured as error:
        raise WrongState(f"CUSTOMER_MAIL_URL names no way out that works: {error}") from error


def _words(answer: Answer) -> str:
    return f"{answer.code} {answer.text}".strip() or str(answer.outcome)
