"""Write answers to the ledger, in batches: state, reason, event, suppression.

An acceptance is a fact whoever claimed the row meanwhile; any other answer counts only for the run that holds the
claim. A second acceptance, or one after an attempt whose answer was lost, is kept as an event marked as a repeat, so
that repeats are counted and shown.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db import connection, transaction

from crisisdesk.core import clockwatch
from crisisdesk.core.transports import Answer, Outcome
from customers.delivery.claim import Claimed
from customers.delivery.events import reapply
from customers.delivery.many import EventRow, adapted, among, insert_events, listed
from customers.delivery.stopping import withdraw_from_stopped
from customers.delivery.suppression import suppress
from customers.delivery.verdict import Verdict, judge
from customers.models import ACCEPTED_STATES, Delivery, DeliveryEvent, DeliveryState

_ACCEPT = """
UPDATE customers_delivery SET state = %s, state_reason = '', sent_at = %s, claimed_by = '', claimed_fence = NULL
WHERE state = %s AND claimed_by = %s AND """


# While the clock has jumped, nobody can say what is too old.
NEVER = datetime.max.replace(tzinfo=UTC)
# As a code: not attempted, because its recipient's domain answers late and others go first.
PUT_OFF = "put off"


@dataclass(frozen=True, slots=True)
class Answered:
    """A claimed delivery and what came of it. `wait`: for how many seconds it was put off."""

    claimed: Claimed
    answer: Answer
    wait: float = 0.0


def record(owner: str, answered: Sequence[Answered], *, repeats_safely: bool, now: datetime) -> None:
    """Write a batch in one transaction. Raises what the database raises; nothing is written then."""
    if not answered:
        return
    are_all_accepted = all(one.answer.outcome is Outcome.ACCEPTED for one in answered)
    if not are_all_accepted and clockwatch.open_hold() is not None:
        answered = [_ageless(one) for one in answered]
    judged = [(one, _verdict(one, repeats_safely=repeats_safely, now=now)) for one in answered]
    accepted = [one for one, verdict in judged if verdict.state is DeliveryState.SENT]
    others = {one.claimed.id: (one, verdict) for one, verdict in judged if verdict.state is not DeliveryState.SENT}
    with transaction.atomic():
        repeats = _accept(owner, accepted, now)
        held = _settle(owner, others, now)
        told = (
            _event(one, verdict, is_repeat=one.claimed.id in repeats or _may_be_second(one, verdict))
            for one, verdict in judged
            if verdict.state == DeliveryState.SENT or one.claimed.id in held
        )
        with connection.cursor() as cursor:
            insert_events(cursor, told, now)
        if others:
            # Only what is to be tried again waits, and may be of a message that was stopped meanwhile.
            withdraw_from_stopped({one.claimed.message_id for one, _ in others.values()}, now=now)


_ACCEPTED = Verdict(DeliveryState.SENT)


def _verdict(one: Answered, *, repeats_safely: bool, now: datetime) -> Verdict:
    if one.answer.outcome is Outcome.ACCEPTED:
        return _ACCEPTED
    # Spreads retries; no secret.
    jitter = random.random()  # noqa: S311
    safely = repeats_safely or one.answer.is_repeatable
    return judge(one.answer, one.claimed.standing, repeats_safely=safely, now=now, jitter=jitter)


def _ageless(one: Answered) -> Answered:
    claimed = one.claimed
    return replace(one, claimed=replace(claimed, standing=replace(claimed.standing, give_up_at=NEVER)))


def _may_be_second(one: Answered, verdict: Verdict) -> bool:
    """Taken now, and the answer to an earlier attempt was lost."""
    return verdict.state == DeliveryState.SENT and one.claimed.standing.unknowns > 0


def _accept(owner: str, accepted: Sequence[Answered], now: datetime) -> frozenset[int]:
    """Mark deliveries as sent; returns those of which another copy had been accepted before."""
    if not accepted:
        return frozenset()
    ids = [one.claimed.id for one in accepted]
    sent = {"state": DeliveryState.SENT, "state_reason": "", "sent_at": now, "claimed_by": "", "claimed_fence": None}
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCEPT + among("id"), [DeliveryState.SENT, adapted(now), DeliveryState.SENDING, owner, listed(ids)]
        )
        all_ours = cursor.rowcount == len(ids)
    if named := [one for one in accepted if one.answer.provider_id]:
        rows = [
            Delivery(
                pk=one.claimed.id,
                provider_id=one.answer.provider_id[:200],
                received_as=one.answer.received_as[:200],
            )
            for one in named
        ]
        Delivery.objects.bulk_update(rows, ["provider_id", "received_as"])
    if all_ours:
        return frozenset()
    # Rare: the claim was lost meanwhile. The mail is out all the same, and maybe twice.
    known = DeliveryEvent.objects.filter(delivery__in=ids, state=DeliveryState.SENT)
    Delivery.objects.filter(pk__in=ids).exclude(state__in=(*ACCEPTED_STATES, DeliveryState.BOUNCED)).update(**sent)
    reapply(ids)
    return frozenset(known.values_list("delivery", flat=True))


def _settle(owner: str, judged: Mapping[int, tuple[Answered, Verdict]], now: datetime) -> frozenset[int]:
    """Write the verdicts that are not acceptances; returns the deliveries that were still ours."""
    if not judged:
        return frozenset()
    ours = Delivery.objects.filter(pk__in=judged, state=DeliveryState.SENDING, claimed_by=owner)
    rows = list(ours.select_for_update().order_by("pk"))
    for row in rows:
        one, verdict = judged[row.pk]
        row.state, row.state_reason = verdict.state, verdict.reason[:300]
        row.next_attempt_at = verdict.next_attempt_at or row.next_attempt_at
        row.unknowns += verdict.is_unknown
        row.claimed_by, row.claimed_fence = "", None
        if verdict.suppress:
            suppress(one.claimed.channel, one.claimed.address, verdict.suppress, now=now)
    fields = ["state", "state_reason", "next_attempt_at", "unknowns", "claimed_by", "claimed_fence"]
    Delivery.objects.bulk_update(rows, fields)
    return frozenset(row.pk for row in rows)


def _event(one: Answered, verdict: Verdict, *, is_repeat: bool) -> EventRow:
    answer, attempt = one.answer, one.claimed.standing.attempts
    said = answer.transport[:60], answer.code[:24], answer.text[:300]
    return one.claimed.id, verdict.state.value, attempt, *said, is_repeat
