"""A code that is sent through a way to be reached, and comes back, proves that the way is the person's."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from crisisdesk.core.transports import Outcome
from incidents.models import ContactKind, ContactMethod, ContactStep, Urgency
from incidents.oncall.channels import channel_of
from incidents.oncall.methods import locked, own

CODE_LIFETIME = timedelta(minutes=10)
GUESSES = 5
# A code a minute, and five a day for one address.
PAUSE = timedelta(seconds=60)
MOST_CODES = 5


def send_code(method: ContactMethod, *, by: Actor, now: datetime) -> None:
    """Send a fresh code through the very channel; the one before it is void. Call it outside any transaction.

    Raises NotAllowed; WrongState when it is verified already, removed, or asked for too often, and when the channel
    did not take it (then the code is void as well).
    """
    own(method.person, by)
    code = f"{secrets.randbelow(10**6):06d}"
    with transaction.atomic():
        row = locked(method)
        if row.verified_at is not None:
            raise WrongState("This contact method is verified already.")
        if row.code_sent_at is not None and now - row.code_sent_at < PAUSE:
            raise WrongState("A code was sent less than a minute ago. Wait for it, then ask again.")
        if row.codes_sent >= MOST_CODES and row.code_sent_at and now - row.code_sent_at < timedelta(days=1):
            raise WrongState(f"{MOST_CODES} codes were sent to it; try again tomorrow, or ask an administrator.")
        row.codes_sent = 1 if row.codes_sent >= MOST_CODES else row.codes_sent + 1
        row.code_hash = _hash(row, code)
        row.code_sent_at, row.code_expires_at = now, now + CODE_LIFETIME
        # No version of the row is kept of codes.
        ContactMethod.objects.filter(pk=row.pk).update(
            codes_sent=row.codes_sent,
            code_hash=row.code_hash,
            code_guesses=0,
            code_sent_at=now,
            code_expires_at=row.code_expires_at,
        )
    channel = channel_of(row.kind)
    if not channel.is_set_up():
        raise WrongState(f"This desk has no way to send by {row.get_kind_display()}.")
    with channel.open() as transport:
        answer = transport.send(channel.code(row, code))
    if answer.outcome is not Outcome.ACCEPTED:
        ContactMethod.objects.filter(pk=row.pk).update(code_hash="", code_expires_at=None)
        said = f"{answer.code} {answer.text}".strip() or answer.outcome.value
        raise WrongState(f"The code could not be sent: {said}. Look at the address, then ask for another code.")


def verify(method: ContactMethod, code: str, *, by: Actor, now: datetime) -> ContactMethod:
    """Take the code that came back. Raises NotAllowed; InvalidInput for a wrong one, with the guesses that are left;

    WrongState when there is none, its ten minutes are over, or it was guessed at five times. The first of a kind gets
    a place in the person's order, so that it is used.
    """
    own(method.person, by)
    wrong = ""
    with transaction.atomic():
        row = locked(method)
        if row.verified_at is not None:
            return row
        if not row.code_hash or row.code_expires_at is None or now >= row.code_expires_at:
            raise WrongState("The code has run out; ask for another one.")
        if row.code_guesses >= GUESSES:
            raise WrongState("This code was guessed at too often; ask for another one.")
        if hmac.compare_digest(row.code_hash, _hash(row, re.sub(r"\s", "", code)[:12])):
            row.verified_at, row.code_hash, row.code_expires_at = now, "", None
            row.code_guesses, row.codes_sent, row.trouble = 0, 0, ""
            stamp(row, by=by, now=now)
            row.save()
            _first_place(row)
            audit.record("contact_method.verified", by=by, now=now, on=row, data={"kind": row.kind})
        else:
            row.code_guesses += 1
            ContactMethod.objects.filter(pk=row.pk).update(code_guesses=row.code_guesses)
            left = GUESSES - row.code_guesses
            wrong = f"This is not the code. {left} {'try is' if left == 1 else 'tries are'} left."
    if wrong:
        raise InvalidInput(wrong)
    return row


def _first_place(row: ContactMethod) -> None:
    """Pages by SMS and push at once and by a call after two minutes; mail and chat for briefings too."""
    delay = 120 if row.kind == ContactKind.VOICE else 0
    quiet = row.kind in (ContactKind.CHAT, ContactKind.EMAIL)
    for urgency in (Urgency.PAGE, Urgency.BRIEFING) if quiet else (Urgency.PAGE,):
        steps = ContactStep.objects.filter(person=row.person, urgency=urgency)
        if steps.filter(method__kind=row.kind, method__removed_at=None).exists():
            continue
        if not steps.exists():
            # The account's mail, which was all there was, stays beside it.
            ContactStep.objects.create(person=row.person, urgency=urgency, method=None, delay_seconds=0)
        ContactStep.objects.create(person=row.person, urgency=urgency, method=row, delay_seconds=delay)


def _hash(row: ContactMethod, code: str) -> str:
    """Keyed, because a million codes are tried in a second: the database alone does not give the code away."""
    return salted_hmac(
        f"crisisdesk.contact.{row.pk}", code, secret=settings.LINK_KEYS[0], algorithm="sha256"
    ).hexdigest()
