"""S4: how late promise actions are, from their due time to their commit, by the database's clock, while mail goes out.

Reminders, escalations, misses and their notifications of 10,000 open incidents, fired by real clusters
(`manage.py run --no-web`): 14 actions a second and a burst of 100, then a burst of 1,000 at one moment, while the same
desk sends to customers without a pause. PostgreSQL tells when each was committed (`track_commit_timestamp`). In the
same run: the rate of sending alone, django-q2's own schedules, and a loop that polls every two seconds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F

from benchmarks import references
from benchmarks.copying import analyse
from benchmarks.mailing import CONNECTIONS, make_readers
from benchmarks.people import make_people, put_on_call
from benchmarks.processes import desk, mail_sink
from benchmarks.promised import OFFSETS, due_times, make_incidents, make_policy, promise_all
from benchmarks.result import Result, Run, percentile, say, spread
from benchmarks.sending import rate_between, sending
from crisisdesk.core import clock
from crisisdesk.core.models import AuditEntry, DeadlineStep
from incidents.models import Incident, Notification, PolicyStep, Promise

P99_SECONDS, MAX_SECONDS, HAND_OVER_SECONDS = 1.0, 2.0, 2.0
KEPT_SHARE = 0.7
PER_SECOND, BURST, LARGE_BURST = 14, 100, 1000
LEAD = 20
AFTER = 8
WARM_UP = 5
_LATENESS = """
SELECT s.fire_at, extract(epoch FROM pg_xact_commit_timestamp(s.xmin) - s.fire_at)
FROM core_deadlinestep s JOIN core_deadline d ON d.id = s.deadline_id WHERE s.state = 'fired' AND d.kind = 'promise'
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was planned: how many promises, until when the first part lasts, and what sending did beside it."""

    due_count: int
    large_count: int
    waiting: int
    large_at: datetime
    rate_alone: float
    rate_beside: float


def run(run: Run) -> Result:
    """The value is the 99th percentile of the lateness in seconds."""
    if run.database != "postgres":
        raise SystemExit("s4 measures commits by PostgreSQL's clock: leave out --database.")
    seconds, alone = run.sized(20, 120), run.sized(10, 30)
    put_on_call(make_people(), clock.now())
    steps = make_policy()
    large = run.sized(LARGE_BURST // 5, LARGE_BURST) // 2
    soon = round(seconds * PER_SECOND / (len(OFFSETS) + 1)) + BURST // 2
    incidents = make_incidents(run.sized(500, 10_000), clock.now())
    first, second, waiting = incidents[:soon], incidents[soon : soon + large], incidents[soon + large :]
    far = clock.now() + timedelta(hours=6)
    promise_all(waiting, [far + timedelta(seconds=number) for number in range(len(waiting))], steps, clock.now())
    make_readers(run.sized(5_000, 20_000))
    analyse()
    say(f"{len(incidents):,} open incidents, {soon} promises due within {seconds} s, then {large} at one moment")
    with mail_sink() as mail, desk(run.folder, f"{mail}?connections={CONNECTIONS}", "--no-web"), references.polling():
        with sending():
            time.sleep(WARM_UP)
            began = clock.now()
            time.sleep(alone)
            rate_alone = rate_between(began, clock.now())
            start = clock.now() + timedelta(seconds=LEAD)
            due = due_times(start, seconds, PER_SECOND, BURST)
            large_at = max(due) + timedelta(seconds=15)
            _promise(first, due, second, large_at, steps)
            time.sleep((start - clock.now()).total_seconds())
            began = clock.now()
            time.sleep((large_at - clock.now()).total_seconds() - 7)
            rate_beside = rate_between(began, clock.now())
            time.sleep(7 + AFTER + large / 100)
        # django-q2 looks at its schedules about every half minute.
        time.sleep(35)
    return _judge(Plan(soon, large, len(waiting), large_at, rate_alone, rate_beside))


def _promise(
    first: Sequence[Incident],
    due: Sequence[datetime],
    second: Sequence[Incident],
    large_at: datetime,
    steps: Sequence[PolicyStep],
) -> None:
    """Plan what is due soon, and the same moments for the references."""
    promise_all(first, due, steps, clock.now())
    promise_all(second, [large_at] * len(second), steps, clock.now())
    references.plan(due[:: max(1, len(due) // 40)])


def _judge(plan: Plan) -> Result:
    with connection.cursor() as cursor:
        cursor.execute(_LATENESS)
        rows = [(fire_at, float(late)) for fire_at, late in cursor.fetchall()]
    split = plan.large_at - timedelta(seconds=7)
    late = [seconds for fire_at, seconds in rows if fire_at < split]
    in_burst = [seconds for fire_at, seconds in rows if fire_at >= split]
    if not late:
        raise RuntimeError("no action was fired at all")
    expected = plan.due_count * (len(OFFSETS) + 1)
    wrong = _not_exactly_once(plan.due_count + plan.large_count)
    hand_over, burst_hand_over = _hand_over(split, before=True), _hand_over(split, before=False)
    p99 = round(percentile(late, 0.99), 3)
    share = round(plan.rate_beside / plan.rate_alone, 2) if plan.rate_alone else 0.0
    kept = p99 < P99_SECONDS and max(late) < MAX_SECONDS and len(late) == expected and not wrong
    reached = bool(hand_over) and max(hand_over) <= HAND_OVER_SECONDS
    details: dict[str, object] = {
        "lateness_s": spread(late),
        "actions": len(late),
        "expected": expected,
        "not_exactly_once": wrong,
        "hand_over_s": spread(hand_over) if hand_over else {},
        "large_burst": {
            "at_one_moment": 2 * plan.large_count,
            "lateness_s": spread(in_burst) if in_burst else {},
            "hand_over_s": spread(burst_hand_over) if burst_hand_over else {},
        },
        "sending": {"alone_per_second": round(plan.rate_alone), "beside_per_second": round(plan.rate_beside)},
        "sending_share": share,
        "notifications_unsent": Notification.objects.filter(promise__isnull=False, sent_at=None).count(),
        "promises_waiting": plan.waiting,
        "bars": {
            "p99_s": P99_SECONDS,
            "max_s": MAX_SECONDS,
            "hand_over_s": HAND_OVER_SECONDS,
            "sending_share": KEPT_SHARE,
        },
        "beside": {kind: _beside(kind) for kind in ("schedule", "polling")},
    }
    ok = kept and reached and share >= KEPT_SHARE
    return Result(p99, P99_SECONDS, ok, "seconds late, 99th percentile", details)


def _hand_over(split: datetime, *, before: bool) -> list[float]:
    """Seconds from a notification's row to its acceptance, of the steady part or of the large burst."""
    told = Notification.objects.filter(promise__isnull=False, sent_at__isnull=False)
    part = told.filter(created_at__lt=split) if before else told.filter(created_at__gte=split)
    moments = part.values_list("sent_at", "created_at")
    return [(sent_at - created_at).total_seconds() for sent_at, created_at in moments if sent_at]


def _not_exactly_once(due_count: int) -> int:
    """Steps fired more than once or never, misses not recorded once, people told twice or not at all."""
    promised = DeadlineStep.objects.filter(deadline__kind="promise")
    unsettled = promised.filter(fire_at__lte=clock.now()).exclude(state="fired", attempts=1).count()
    missed = Promise.objects.filter(outcome="missed", missed_at__gte=F("due_at")).count()
    recorded = AuditEntry.objects.filter(action="promise.missed").values("object_id").annotate(times=Count("pk"))
    twice = recorded.filter(times__gt=1).count()
    told = Notification.objects.filter(promise__isnull=False).count() - due_count * len(OFFSETS)
    return unsettled + abs(missed - due_count) + abs(recorded.count() - due_count) + twice + abs(told)


def _beside(kind: str) -> dict[str, object]:
    late, undone = references.lateness(kind)
    return {**(spread(late) if late else {}), "planned": len(late) + undone, "not_done": undone}
