"""What the sender does next: the messages being sent, the most urgent first, and their due deliveries as jobs."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch

from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.transports import Fault
from crisisdesk.core.transports.addresses import UnusableAddress
from customers.delivery import trouble
from customers.delivery.claim import Claimed, Owner, Pace, bring_forward, claim, give_back, next_due
from customers.delivery.finishing import finish_done
from customers.delivery.job import Job
from customers.delivery.short import CompiledSms
from customers.delivery.stopping import withdraw_from_stopped
from customers.delivery.wire import Compiled
from customers.models import Channel, Message, MessageContent

logger = logging.getLogger(__name__)

# A message whose deliveries all wait is looked at again after this, whatever changed.
SLEEP_AT_MOST = timedelta(seconds=5)


class Agenda:
    """The messages being sent. Refreshed by `look`; `is_active` may be asked by any thread."""

    def __init__(self, transport_name: str, channel: Channel, *, per_second: int = 0) -> None:
        self._transport_name = transport_name
        self._channel = channel
        self._pace = Pace(transport_name, per_second) if per_second else None
        self._active: dict[int, Message] = {}
        self._sleeping: dict[int, tuple[datetime, datetime]] = {}
        self._compiled: dict[int, Compiled | CompiledSms] = {}

    def look(self) -> None:
        """Read which messages are being sent now; a paused or stopped one is inactive from here on."""
        active = {message.pk: message for message in Message.objects.sending()}
        known = {pk: message.state_at for pk, message in self._active.items()}
        for pk, message in active.items():
            if known.get(pk) != message.state_at:
                self._sleeping.pop(pk, None)  # new, resumed, or retried
        self._active = active
        self._sleeping = {pk: until for pk, until in self._sleeping.items() if pk in active}
        self._compiled = {pk: made for pk, made in self._compiled.items() if made.message.pk in active}

    def is_active(self, message_id: int) -> bool:
        """Whether mails of the message may leave."""
        return message_id in self._active

    def next_batch(self, owner: Owner, *, limit: int, now: datetime) -> tuple[list[Job], int]:
        """Jobs of the most urgent message that has any, and how many deliveries were withheld on the way."""
        withheld = 0
        for message in self._active.values():
            if self._sleeps(message, now):
                continue
            claimed, refused = claim(message, channel=self._channel, owner=owner, now=now, limit=limit, pace=self._pace)
            withheld += refused
            if jobs := self._jobs(message, claimed, owner, now):
                return jobs, withheld
            if not claimed and not refused:
                self._put_to_sleep(message, now)
        return [], withheld

    def _sleeps(self, message: Message, now: datetime) -> bool:
        entry = self._sleeping.get(message.pk)
        return entry is not None and now < entry[0] and now < entry[1]

    def _put_to_sleep(self, message: Message, now: datetime) -> None:
        if finish_done([message.pk], now=now):
            return
        due = next_due(message, self._channel) or now + SLEEP_AT_MOST
        if due > now + SLEEP_AT_MOST and bring_forward(message, self._channel, now=now):
            return
        self._sleeping[message.pk] = (due, now + SLEEP_AT_MOST)

    def _jobs(self, message: Message, claimed: list[Claimed], owner: Owner, now: datetime) -> list[Job]:
        if not claimed:
            return []
        try:
            self._compile(message, {one.content_id for one in claimed})
        except (ImproperlyConfigured, NoReverseMatch, UnusableAddress) as error:
            logger.error("Message %d cannot be written: %s", message.pk, place_of(error))
            reason = f"The message cannot be written: {type(error).__name__}. Mend the settings, then resume."
            trouble.pause_for(message.pk, self._transport_name, Fault.OTHER, reason, now=now)
            give_back(owner, [one.id for one in claimed])
            withdraw_from_stopped({message.pk}, now=now)
            return []
        return [Job(one, self._compiled[one.content_id]) for one in claimed]

    def _compile(self, message: Message, content_ids: set[int]) -> None:
        missing = content_ids - self._compiled.keys()
        if missing:
            for content in MessageContent.objects.filter(pk__in=missing):
                compiled = CompiledSms if self._channel == Channel.SMS else Compiled
                self._compiled[content.pk] = compiled(message, content)
