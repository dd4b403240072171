"""After a crash: replay the journal of a dead run, then release its claims.

What its journal says was answered is recorded. What was begun without an answer may have arrived: over SMTP it is
repeated once under the same Message-ID and Date, otherwise it is unconfirmed. What was claimed and never begun goes
back to the queue as if nothing had happened.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F, Max, QuerySet

from crisisdesk.core.transports import Outcome
from crisisdesk.core.transports.opening import route_for
from customers.delivery import journal
from customers.delivery.claim import Claimed
from customers.delivery.journal import Replay
from customers.delivery.record import Answered, record
from customers.delivery.stopping import withdraw_from_stopped
from customers.delivery.verdict import Standing
from customers.models import Channel, Delivery, DeliveryEvent, DeliveryState

logger = logging.getLogger(__name__)

# After it was claimed, a content begins to leave within this or not at all: a pass of 3 s, 3 s more for a slow domain,
# and 3 s to wind up, after which nothing is begun (`send.Sender`).
BEGUN_WITHIN = timedelta(seconds=10)
# After its answer, it stands in the database within this, or its machine is as good as lost.
RECORDED_WITHIN = timedelta(seconds=20)
BATCH = 500
IN_DOUBT = "The sender ended before the answer; it is repeated once under the same Message-ID."
UNCONFIRMED = "The sender ended before the answer; nobody can say whether it arrived."


def foreign_grace() -> timedelta:
    """For how long the newest claim of a run of another machine is left alone.

    Until then its attempt may still succeed and be recorded, though its lease is gone and its machine is silent: it
    may begin 10 s after the claim, be answered `longest_attempt` later (timeout + data_timeout of the mail URL: 30 s +
    60 s), and be recorded 20 s after that; 120 s together. Whoever took the claim over earlier would send a second
    copy of a mail that arrives. All machines have the same mail URL.

    Runs of the own machine need no such patience: their journal is locked while they live, and is replayed within two
    seconds of their death, by a sender or by the supervisor (`recover_here`).
    """
    longest = max(config.longest_attempt for config in route_for("customers").configs)
    return BEGUN_WITHIN + timedelta(seconds=longest) + RECORDED_WITHIN


def recover_here(directory: Path, *, now: datetime) -> int:
    """Settle the claims of the runs that died on this machine; returns how many deliveries were settled.

    Reads no row unless there is such a run. For the supervisor: the senders' leases may all be held elsewhere, where
    nobody has these journals.
    """
    return _replay_here(directory, "", now=now)[0] if directory.is_dir() else 0


def recover_dead_runs(directory: Path, own: str, *, now: datetime) -> int:
    """Settle the claims of every run but `own` that is known to be dead; returns how many deliveries were settled."""
    # Before the journals are listed: whoever has claimed by now has its journal there, dead or alive.
    claimants = set(_claimed().order_by().values_list("claimed_by", flat=True).distinct())
    settled, alive = _replay_here(directory, own, now=now)
    return settled + sum(_settle_lost_journal(directory, owner, now=now) for owner in claimants - alive)


def _replay_here(directory: Path, own: str, *, now: datetime) -> tuple[int, set[str]]:
    """Replay what dead runs have left here; how many deliveries were settled, and which runs live."""
    settled = 0
    alive = {own}
    for owner in journal.owners_in(directory):
        if owner == own:
            continue
        with journal.taken_over(directory, owner) as replay:
            if replay is None:
                alive.add(owner)
            else:
                settled += settle_run(owner, replay, now=now)
    return settled, alive


def _claimed() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=DeliveryState.SENDING)


def settle_run(owner: str, replay: Replay, *, now: datetime) -> int:
    """Bring the database to what a journal says and release the rest of the run's claims."""
    answered = _unrecorded(owner, replay)
    for start in range(0, len(answered), BATCH):
        batch = answered[start : start + BATCH]
        record(owner, batch, repeats_safely=replay.repeats_safely, now=now)
    released = _release(owner, replay.begun, repeats_safely=replay.repeats_safely, now=now)
    if answered or released:
        logger.warning("Recovered a run of the sender: %d answers, %d claims released.", len(answered), released)
    return len(answered) + released


def _unrecorded(owner: str, replay: Replay) -> list[Answered]:
    """Answers in the journal that the database does not have: no event of that attempt.

    A refusal is none of the attempt that was begun after it: one that a broken way out answered is not counted, so the
    next has its number.
    """
    found: list[Answered] = []
    for start in range(0, len(replay.answers), BATCH):
        batch = replay.answers[start : start + BATCH]
        ids = [delivery_id for delivery_id, _, _ in batch]
        rows = Delivery.objects.in_bulk(ids)
        # Only answers carry a transport; what people or an earlier recovery did carries none.
        told = DeliveryEvent.objects.filter(delivery__in=ids).exclude(transport="")
        known = set(told.values_list("delivery_id", "attempt"))
        found += [
            Answered(_bare(rows[delivery_id], attempt), answer)
            for delivery_id, attempt, answer in batch
            if delivery_id in rows
            and (delivery_id, attempt) not in known
            and (delivery_id not in replay.begun or answer.outcome is Outcome.ACCEPTED)
        ]
    return found


def _bare(row: Delivery, attempt: int) -> Claimed:
    """A claim as far as recording needs it."""
    return Claimed(
        id=row.pk,
        message_id=row.message_id,
        content_id=row.content_id,
        contact_id=row.contact_id,
        address=row.address,
        mail_id=row.mail_id,
        standing=Standing(attempt, row.unknowns, row.give_up_at),
        name="",
        customer_name="",
        link_version=0,
        thread_root="",
        channel=row.channel,
    )


def _release(owner: str, begun: Collection[int], *, repeats_safely: bool, now: datetime) -> int:
    with transaction.atomic():
        claimed = Delivery.objects.filter(claimed_by=owner, state=DeliveryState.SENDING)
        # Locked: another machine may be at the same run.
        rows = dict(claimed.select_for_update().order_by("pk").values_list("pk", "message_id"))
        for ids in _chunks([pk for pk in rows if pk in begun]):
            _release_begun(claimed.filter(pk__in=ids), repeats_safely=repeats_safely, now=now)
        claimed.update(state=DeliveryState.QUEUED, attempts=F("attempts") - 1, claimed_by="", claimed_fence=None)
        withdraw_from_stopped(set(rows.values()), now=now)
    return len(rows)


def _release_begun(begun: QuerySet[Delivery], *, repeats_safely: bool, now: datetime) -> None:
    """Repeat once what may have arrived, or give it up as unconfirmed; each with an event."""
    events = []
    rows = list(begun)
    for row in rows:
        # Only a mail is recognised as a repeat by what receives it.
        repeat = repeats_safely and row.unknowns == 0 and row.channel == Channel.EMAIL
        row.state = DeliveryState.QUEUED if repeat else DeliveryState.UNCONFIRMED
        row.state_reason = IN_DOUBT if repeat else UNCONFIRMED
        row.unknowns += 1
        row.next_attempt_at = now
        row.claimed_by, row.claimed_fence = "", None
        state, text = row.state, row.state_reason
        events.append(DeliveryEvent(delivery=row, at=now, state=state, attempt=row.attempts, text=text))
    fields = ["state", "state_reason", "unknowns", "next_attempt_at", "claimed_by", "claimed_fence"]
    Delivery.objects.bulk_update(rows, fields)
    DeliveryEvent.objects.bulk_create(events)


def _settle_lost_journal(directory: Path, owner: str, *, now: datetime) -> int:
    """Claims of a run whose journal is not on this machine: anything of theirs may have arrived."""
    claims = _claimed().filter(claimed_by=owner)
    newest = claims.aggregate(at=Max("claimed_at"))["at"]
    is_here = journal.host_of(owner) == journal.this_host(directory)
    if not is_here and newest is not None and newest >= now - foreign_grace():
        return 0
    ids = set(claims.values_list("pk", flat=True))
    if ids:
        logger.warning("The journal of a run of the sender is lost; %d claims are in doubt.", len(ids))
    # The way out stood in the journal too; what it is now says whether a repeat would be recognised.
    safely = route_for("customers").repeats_safely
    return _release(owner, ids, repeats_safely=safely, now=now) if ids else 0


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
