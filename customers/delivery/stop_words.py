"""STOP and START: what a reader can say from their telephone (standards.md "SMS and voice")."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from customers.delivery.suppression import suppress
from customers.models import Channel, Suppression

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
START_WORDS = frozenset({"start", "unstop"})
STOPPED = "The reader answered STOP."
READER = Actor("token", "reader of an SMS", None)


class Wish(StrEnum):
    """What an answer asks for."""

    STOP = "stop"
    START = "start"


def wish_of(text: str) -> Wish | None:
    """What a text asks for: one of the words alone, in any writing ("Stop.", "opt-out"); None for anything else."""
    word = re.sub(r"[\W_]+", "", text).casefold()
    if word in STOP_WORDS:
        return Wish.STOP
    return Wish.START if word in START_WORDS else None


def take_answer(number: str, text: str, *, now: datetime, wish: Wish | None = None) -> Wish | None:
    """Act on an answer from a number in E.164, whoever of the contacts has it; the wish acted on.

    STOP suppresses the number for SMS and for voice; START lifts what STOP did, and nothing else: a number that does
    not exist stays suppressed. Said twice, it counts once. `wish` is what the provider has understood already.
    """
    wish = wish or wish_of(text)
    if wish is None or not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        return None
    in_force = Suppression.objects.filter(channel=Channel.SMS, address=number, lifted_at=None)
    with transaction.atomic():
        if wish is Wish.STOP:
            if not in_force.exists():
                suppress(Channel.SMS, number, STOPPED, now=now)
                audit.record("sms.stopped", by=READER, now=now, on=in_force.first())
        else:
            stopped = in_force.filter(reason=STOPPED).first()
            if stopped is not None:
                in_force.filter(pk=stopped.pk).update(lifted_at=now, lifted_by_name="the reader, by START")
                audit.record("sms.restarted", by=READER, now=now, on=stopped)
    return wish
