"""A person's own ways to be reached: added, put in order, removed. `codes` proves them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import phonenumbers
from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from crisisdesk.core.transports.addresses import UnusableAddress, travelling
from incidents.models import LATEST_STEP_SECONDS, ContactKind, ContactMethod, ContactStep, Urgency
from incidents.oncall.channels import channel_of
from incidents.oncall.channels.chat import service_of

MOST_METHODS = 10
MOST_STEPS = 5

Minutes = Mapping[int | None, Sequence[float]]


def add_method(person: User, *, kind: str, address: str, by: Actor, now: datetime) -> ContactMethod:
    """Write down a way to reach oneself; it is not used until its code has come back (`codes`).

    Raises NotAllowed for somebody else's ways; InvalidInput for an address that the kind can't use; WrongState when
    the channel is not set up, or there are too many already.
    """
    own(person, by)
    if kind not in ContactKind.values:
        raise InvalidInput("Choose one of the kinds: e-mail, SMS, voice call, chat or push.")
    if not channel_of(kind).is_set_up():
        raise WrongState(f"This desk has no way to send by {ContactKind(kind).label}. An administrator sets it up.")
    address = _clean(kind, address)
    with transaction.atomic():
        list(User.objects.select_for_update(no_key=True).filter(pk=person.pk))
        kept = ContactMethod.objects.kept().filter(person=person)
        if kept.filter(kind=kind, address=address).exists():
            raise WrongState("You have this contact method already.")
        if kept.count() >= MOST_METHODS:
            raise WrongState(f"You have {MOST_METHODS} contact methods; remove one first.")
        # Codes are counted for an address, so that removing it does not open the tap again.
        earlier = ContactMethod.objects.filter(
            person=person, kind=kind, address=address, code_sent_at__gt=now - timedelta(days=1)
        ).order_by("-id")
        last = earlier.first()
        row = ContactMethod(person=person, kind=kind, address=address, label=label_of(kind, address), created_at=now)
        if last is not None:
            row.codes_sent, row.code_sent_at = last.codes_sent, last.code_sent_at
        stamp(row, by=by, now=now)
        row.save()
        audit.record("contact_method.added", by=by, now=now, on=row, data={"kind": kind})
    return row


def remove_method(method: ContactMethod, *, by: Actor, now: datetime) -> None:
    """Use it no more. What is left of the order stays, and without any people get mail. Raises NotAllowed."""
    own(method.person, by)
    with transaction.atomic():
        row = locked(method)
        ContactStep.objects.filter(method=row).delete()
        row.removed_at, row.code_hash = now, ""
        stamp(row, by=by, now=now)
        row.save()
        audit.record("contact_method.removed", by=by, now=now, on=row, data={"kind": row.kind})


def set_order(person: User, urgency: str, minutes: Minutes, *, by: Actor, now: datetime) -> None:
    """Make this the person's order for an urgency: method id (None: the account's mail) -> minutes after being told.

    Raises NotAllowed; InvalidInput for times beyond two hours, more than five of one way, or ways that are not
    verified ones of the person's.
    """
    own(person, by)
    urgency = Urgency(urgency)
    usable = set(ContactMethod.objects.usable().filter(person=person).values_list("pk", flat=True))
    if {pk for pk in minutes if pk is not None} - usable:
        raise InvalidInput("Only verified contact methods of your own can be put in order.")
    steps = []
    for method, times in minutes.items():
        if len(set(times)) > MOST_STEPS:
            raise InvalidInput(f"Each way can be used {MOST_STEPS} times at most.")
        for seconds in sorted({round(time * 60) for time in times}):
            if not 0 <= seconds <= LATEST_STEP_SECONDS:
                raise InvalidInput(f"Minutes go from 0 to {LATEST_STEP_SECONDS // 60}.")
            steps.append(ContactStep(person=person, urgency=urgency, method_id=method, delay_seconds=seconds))
    with transaction.atomic():
        list(User.objects.select_for_update(no_key=True).filter(pk=person.pk))
        ContactStep.objects.filter(person=person, urgency=urgency).delete()
        ContactStep.objects.bulk_create(steps)
        data = {"urgency": urgency.value, "steps": len(steps)}
        audit.record("contact_order.changed", by=by, now=now, on=person, data=data)


def label_of(kind: str, address: str) -> str:
    """What may be shown of an address: enough to know it again, nothing of a secret."""
    if kind == ContactKind.EMAIL:
        return address[:120]
    if kind in (ContactKind.SMS, ContactKind.VOICE):
        return f"{address[:3]}…{address[-4:]}"
    scheme = address.partition("://")[0]
    mark = hashlib.sha256(address.encode()).hexdigest()[:4]
    return f"{scheme}://… ({mark})"


def _clean(kind: str, address: str) -> str:
    address = address.strip()
    if len(address) > 500:
        raise InvalidInput("This address is too long.")
    if kind == ContactKind.EMAIL:
        try:
            return travelling(address)
        except UnusableAddress as error:
            raise InvalidInput(str(error)) from error
    if kind in (ContactKind.SMS, ContactKind.VOICE):
        try:
            number = phonenumbers.parse(address, None)
        except phonenumbers.NumberParseException as error:
            raise InvalidInput("Write the number with its country code, such as +1 415 555 0123.") from error
        if not phonenumbers.is_possible_number(number):
            raise InvalidInput("This number has too few or too many digits for its country.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    service_of(address)
    return address


def own(person: User, by: Actor) -> None:
    """Raises NotAllowed unless these ways are the actor's own."""
    require(by, Act.VIEW_CONSOLE)
    if by.person_id != person.pk:
        raise NotAllowed(f"{by.name} may not change how {person} is reached. Everybody keeps their own.")


def locked(method: ContactMethod) -> ContactMethod:
    """The method as it is now, locked. Raises WrongState when it was removed."""
    row = ContactMethod.objects.select_for_update(of=("self",)).select_related("person").get(pk=method.pk)
    if row.removed_at is not None:
        raise WrongState("This contact method was removed; add it again.")
    return row
