"""STOP and START: what a reader can say from their telephone (standards.md "SMS and voice")."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from customers.delivery.suppression import suppress
from customers.models import Channel, Suppression

STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "stopp", "arret"}
)
START_WORDS = frozenset({"start", "unstop"})
HELP_WORDS = frozenset({"help", "info", "hilfe", "aide"})
STOPPED = "The reader answered STOP."
READER = Actor("token", "reader of an SMS", None)


class Wish(StrEnum):
    """What an answer asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


def wish_of(text: str) -> Wish | None:
    """What a text asks for: one of the words alone, in any writing ("Stop.", "opt-out"); None for anything else."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    word = re.sub(r"[\W_]+", "", bare).casefold()
    if word in STOP_WORDS:
        return Wish.STOP
    if word in HELP_WORDS:
        return Wish.HELP
    return Wish.START if word in START_WORDS else None


def take_answer(number: str, text: str, *, now: datetime, wish: Wish | None = None) -> Wish | None:
    """Act on an answer from a number in E.164, whoever of the contacts has it; the wish acted on.

    STOP suppresses the number for SMS: the desk sends it no text any more. Mails go on. The desk calls no customer by
    itself; a person who does sees on the call list that the number answered STOP. START lifts what STOP did, and
    nothing else: a number that does not exist stays suppressed. HELP changes nothing. Said twice, it counts once.
    `wish` is what the provider has understood already.
    """
    wish = wish or wish_of(text)
    if wish is Wish.HELP:
        return wish
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
