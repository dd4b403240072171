"""What came of an attempt: written down, put into the timeline, and what follows from it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, OuterRef, Value
from django.db.models.functions import Coalesce

from crisisdesk.core.transports import Answer, Outcome
from crisisdesk.core.transports.envelope import WITHHELD
from incidents.models import (
    HOPEFUL,
    Attempt,
    AttemptState,
    ContactKind,
    ContactMethod,
    Notification,
    NotificationState,
    TimelineEntry,
)
from incidents.oncall.about import about
from incidents.oncall.bursts import PAGER
from incidents.oncall.instead import tell_instead
from incidents.oncall.links import WITH
from incidents.timeline import Kind, entry
from incidents.timeline_bulk import write_entries

logger = logging.getLogger(__name__)

UNKNOWN = "outcome unknown"
# From so many accepted mails on they are written together; at most so many in a statement.
MANY, MANY_AT_ONCE = 2, 100


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a claimed attempt, and when (UTC). `repeats_safely`: of the transport that was used."""

    attempt: Attempt
    answer: Answer
    at: datetime
    repeats_safely: bool


def record_all(results: Sequence[Result], *, pauses: Sequence[int]) -> None:
    """Write down what came of claimed attempts: accepted mails together, in four statements, the others one by one.

    May be repeated after an error: what is written already is left alone.
    """
    taken = [row for row in results if row.answer.outcome is Outcome.ACCEPTED and row.attempt.kind == ContactKind.EMAIL]
    if len(taken) < MANY:
        taken = []
    else:
        _all_sent(taken)
    done = {result.attempt.pk for result in taken}
    for result in results:
        if result.attempt.pk not in done:
            record(result, pauses=pauses)


def record(result: Result, *, pauses: Sequence[int]) -> None:
    """Write down what came of a claimed attempt. `pauses`: seconds until each further try of what was not taken now."""
    attempt, answer, now = result.attempt, result.answer, result.at
    said = f"{answer.code} {answer.text}".strip() or answer.outcome.value
    if answer.outcome is Outcome.ACCEPTED:
        _sent(attempt, answer.provider_id, now)
    elif answer.code == WITHHELD:
        give_back(attempt)
    elif answer.outcome is Outcome.REJECTED:
        fail(attempt, said, now=now)
    elif answer.outcome is Outcome.UNKNOWN:
        lost(attempt, may_repeat=result.repeats_safely, pause=pauses[0], now=now)
    elif attempt.tries > len(pauses):
        fail(attempt, said, now=now)
    else:
        was_unknown = attempt.error.startswith(UNKNOWN)
        _later(attempt, pauses[attempt.tries - 1], f"{UNKNOWN} once; then {said}" if was_unknown else said, now)


def give_back(attempt: Attempt) -> None:
    """It never left: it waits again, as if it had not been claimed."""
    _settle(attempt, AttemptState.WAITING, tries=attempt.tries - 1)


def lost(attempt: Attempt, *, may_repeat: bool, pause: int, now: datetime) -> None:
    """Nobody knows whether it left. Repeat a mail once; otherwise go on: one way too many is better than none."""
    if may_repeat and not attempt.error.startswith(UNKNOWN):
        _later(attempt, pause, UNKNOWN, now)
    else:
        fail(attempt, f"{UNKNOWN}: nobody can say whether it arrived", now=now, state=AttemptState.UNKNOWN)


def fail(attempt: Attempt, error: str, *, now: datetime, state: AttemptState = AttemptState.FAILED) -> None:
    """It did not arrive, as far as anybody knows: the next way is taken at once, and after the last the next person."""
    with transaction.atomic():
        if _settle(attempt, state, error=error[:300]):
            _not_arrived(attempt, error, state, now)


def arrived(attempt: Attempt, *, now: datetime, after_failure: bool = True) -> bool:
    """The provider says that it was delivered. Idempotent; False when it was known already.

    `after_failure`: whether the word counts when the opposite was heard before.
    """
    known = [AttemptState.DELIVERED, AttemptState.SKIPPED, *([] if after_failure else [AttemptState.FAILED])]
    with transaction.atomic():
        rows = Attempt.objects.filter(pk=attempt.pk).exclude(state__in=known)
        if not rows.update(state=AttemptState.DELIVERED, delivered_at=now, error=""):
            return False
        # The word may come before the provider's answer to the request did.
        Attempt.objects.filter(pk=attempt.pk, sent_at=None).update(sent_at=now)
        _mark_sent(attempt, now)
        if attempt.method_id:
            ContactMethod.objects.filter(pk=attempt.method_id).exclude(trouble="").update(trouble="")
        _tell_story(attempt, f"{_words(attempt)} was delivered", now)
    return True


def did_not_arrive(attempt: Attempt, error: str, *, now: datetime, after_delivery: bool = False) -> bool:
    """The provider says that it was not delivered. Idempotent; False when it was known already.

    `after_delivery`: whether the word counts when the opposite was heard before.
    """
    open_states = [AttemptState.SENDING, AttemptState.SENT, AttemptState.UNKNOWN]
    open_states += [AttemptState.DELIVERED] if after_delivery else []
    with transaction.atomic():
        rows = Attempt.objects.filter(pk=attempt.pk, state__in=open_states)
        if not rows.update(state=AttemptState.FAILED, error=error[:300]):
            return False
        _not_arrived(attempt, error, AttemptState.FAILED, now)
    return True


def _sent(attempt: Attempt, provider_id: str, now: datetime) -> None:
    with transaction.atomic():
        if _settle(attempt, AttemptState.SENT, sent_at=now, provider_id=provider_id[:120], error=""):
            _mark_sent(attempt, now)
            _tell_story(attempt, f"{_words(attempt)} was handed over", now)


def _all_sent(results: Sequence[Result]) -> None:
    by_pk = {result.attempt.pk: result for result in results}
    with transaction.atomic():
        # The lock is the compare-and-set: an attempt that another sender has taken over is left to it.
        mine = Attempt.objects.select_for_update(no_key=True).filter(pk__in=by_pk, state=AttemptState.SENDING)
        standing = set(mine.values_list("pk", "claimed_fence", "tries"))
        taken = [
            result
            for pk, result in by_pk.items()
            if (pk, result.attempt.claimed_fence, result.attempt.tries) in standing
        ]
        if len(taken) < len(results):
            logger.warning("%d attempts were taken over by another sender.", len(results) - len(taken))
        for result in taken:
            attempt = result.attempt
            attempt.state, attempt.sent_at, attempt.error = AttemptState.SENT, result.at, ""
            attempt.provider_id = result.answer.provider_id[:120]
        Attempt.objects.bulk_update(
            [result.attempt for result in taken], ["state", "sent_at", "provider_id", "error"], batch_size=MANY_AT_ONCE
        )
        first = Attempt.objects.filter(notification=OuterRef("pk"), sent_at__isnull=False).order_by("sent_at")
        Notification.objects.filter(pk__in={result.attempt.notification_id for result in taken}).update(
            state=NotificationState.SENT, error="", sent_at=Coalesce("sent_at", first.values("sent_at")[:1])
        )
        told = [result for result in taken if _has_story(result.attempt.notification)]
        write_entries(
            TimelineEntry(
                alert=result.attempt.notification.alert,
                incident=result.attempt.notification.incident,
                at=result.at,
                kind=Kind.NOTIFICATION,
                text=f"{_words(result.attempt)} was handed over.",
                actor_kind=PAGER.kind,
                actor_name=PAGER.name,
                data={"notification": result.attempt.notification_id, "attempt": result.attempt.pk},
            )
            for result in told
        )


def _has_story(note: Notification) -> bool:
    return bool(note.alert_id or note.incident_id)


def _mark_sent(attempt: Attempt, now: datetime) -> None:
    told = [attempt.notification_id]
    if attempt.kind != ContactKind.EMAIL:
        told += Attempt.objects.filter(folded_into=attempt).values_list("notification_id", flat=True)
    first = Coalesce("sent_at", Value(now, output_field=DateTimeField()))
    Notification.objects.filter(pk__in=told).update(state=NotificationState.SENT, error="", sent_at=first)


def _later(attempt: Attempt, seconds: int, error: str, now: datetime) -> None:
    with transaction.atomic():
        when = now + timedelta(seconds=seconds)
        if _settle(attempt, AttemptState.WAITING, next_attempt_at=when, error=error[:300]):
            Notification.objects.filter(pk=attempt.notification_id, sent_at=None).update(error=error[:300])
            # It is told again alone: what was folded into it stands for itself, now.
            waiting = Attempt.objects.filter(folded_into=attempt, state=AttemptState.FOLDED)
            waiting.update(state=AttemptState.WAITING, folded_into=None, next_attempt_at=when)
            _hasten(attempt.notification_id, now)


def _not_arrived(attempt: Attempt, error: str, state: AttemptState, now: datetime) -> None:
    if attempt.method_id:
        ContactMethod.objects.filter(pk=attempt.method_id).update(trouble=error[:200])
    folded = list(Attempt.objects.filter(folded_into=attempt, state=AttemptState.FOLDED))
    Attempt.objects.filter(pk__in=[row.pk for row in folded]).update(state=state, error=error[:300])
    what = "may not have arrived" if state == AttemptState.UNKNOWN else "did not arrive"
    _tell_story(attempt, f"{_words(attempt)} {what}: {error}", now)
    for pk in sorted({attempt.notification_id, *(row.notification_id for row in folded)}):
        _carry_on(pk, error, now)


def _carry_on(pk: int, error: str, now: datetime) -> None:
    """The next way at once; after the person's own ways their account's mail; after that somebody else."""
    row = Notification.objects.select_for_update(of=("self",), no_key=True).select_related(*WITH).get(pk=pk)
    ways = list(row.ways.order_by("position"))
    if any(way.state in HOPEFUL for way in ways) or _hasten(pk, now):
        return
    if any(way.state == AttemptState.WAITING for way in ways):
        return
    if all(way.method_id or way.kind != ContactKind.EMAIL for way in ways):
        position = 1 + max((way.position for way in ways), default=-1)
        Attempt.objects.create(
            notification=row, position=position, kind=ContactKind.EMAIL, method=None, next_attempt_at=now
        )
        return
    if row.state != NotificationState.FAILED:
        row.state, row.error = NotificationState.FAILED, error[:300]
        row.save(update_fields=["state", "error"])
        tell_instead(row, by_what=_ways_of(ways), now=now)


def _hasten(pk: int, now: datetime) -> bool:
    """Take the next step of the person's order now instead of later; False when there is none, or one is on its way."""
    ways = list(Attempt.objects.filter(notification=pk).order_by("next_attempt_at", "position"))
    if any(way.state in HOPEFUL for way in ways):
        return False
    untried = [way for way in ways if way.state == AttemptState.WAITING and way.tries == 0]
    if not untried:
        return False
    Attempt.objects.filter(pk=untried[0].pk, next_attempt_at__gt=now).update(next_attempt_at=now)
    return True


def _ways_of(ways: Sequence[Attempt]) -> str:
    kinds = dict.fromkeys(way.get_kind_display() for way in ways)
    return " and ".join(kinds)


def _words(attempt: Attempt) -> str:
    where = f" {attempt.method.label}" if attempt.method else ""
    return f"The {attempt.get_kind_display()}{where} to {attempt.notification.person}{about(attempt.notification)}"


def _tell_story(attempt: Attempt, text: str, now: datetime) -> None:
    note = attempt.notification
    if _has_story(note):
        folded = attempt.folded.count() if attempt.kind != ContactKind.EMAIL else 0
        more = f" (with {folded} more)" if folded else ""
        data = {"notification": note.pk, "attempt": attempt.pk}
        entry(
            Kind.NOTIFICATION, f"{text}{more}.", alert=note.alert, incident=note.incident, by=PAGER, now=now, data=data
        )


def _settle(attempt: Attempt, state: AttemptState, **fields: object) -> bool:
    """Compare and set: an attempt that another sender has taken over is left to it."""
    mine = Attempt.objects.filter(
        pk=attempt.pk, state=AttemptState.SENDING, claimed_fence=attempt.claimed_fence, tries=attempt.tries
    )
    changed = bool(mine.update(state=state, **fields))
    if not changed:
        logger.warning("Attempt %s was taken over by another sender.", attempt.pk)
    return changed
