"""S4: how late promise actions are, from their due time to their commit, by the database's clock.

Reminders, escalations, misses and their notifications of 10,000 open incidents, fired by real clusters
(`manage.py run --no-web`): 14 actions a second and a burst of 100. PostgreSQL tells when each was committed
(`track_commit_timestamp`). In the same run: django-q2's own schedules and a loop that polls every two seconds.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection
from django.db.models import Count, F

from benchmarks import references
from benchmarks.copying import analyse
from benchmarks.people import make_people, put_on_call
from benchmarks.processes import desk, mail_sink
from benchmarks.promised import OFFSETS, due_times, make_incidents, make_policy, promise_all
from benchmarks.result import Result, Run, percentile, say, spread
from crisisdesk.core import clock
from crisisdesk.core.models import AuditEntry, DeadlineStep
from incidents.models import Notification, Promise

P99_SECONDS, MAX_SECONDS, HAND_OVER_SECONDS = 1.0, 2.0, 2.0
PER_SECOND, BURST = 14, 100
LEAD = 20
AFTER = 8
_LATENESS = """
SELECT extract(epoch FROM pg_xact_commit_timestamp(s.xmin) - s.fire_at)
FROM core_deadlinestep s WHERE s.state = 'fired'
"""


def run(run: Run) -> Result:
    """The value is the 99th percentile of the lateness in seconds."""
    if run.database != "postgres":
        raise SystemExit("s4 measures commits by PostgreSQL's clock: leave out --database.")
    seconds = run.sized(20, 120)
    people = make_people()
    put_on_call(people, clock.now())
    steps = make_policy()
    incidents = make_incidents(run.sized(500, 10_000), clock.now())
    soon = round(seconds * PER_SECOND / (len(OFFSETS) + 1)) + BURST // 2
    far = clock.now() + timedelta(hours=6)
    waiting = incidents[soon:]
    promise_all(waiting, [far + timedelta(seconds=number) for number in range(len(waiting))], steps, clock.now())
    analyse()
    say(f"{len(incidents):,} open incidents, {soon} promises due within {seconds} s")
    with mail_sink() as mail, desk(run.folder, mail, "--no-web"), references.polling():
        start = clock.now() + timedelta(seconds=LEAD)
        due = due_times(start, seconds, PER_SECOND, BURST)
        promise_all(incidents[:soon], due, steps, clock.now())
        references.plan(due[:: max(1, len(due) // 40)])
        # django-q2 looks at its schedules about every half minute.
        time.sleep(LEAD + seconds + AFTER + 35)
    return _judge(due_count=soon, waiting=len(waiting))


def _judge(*, due_count: int, waiting: int) -> Result:
    with connection.cursor() as cursor:
        cursor.execute(_LATENESS)
        late = [float(row[0]) for row in cursor.fetchall()]
    if not late:
        raise RuntimeError("no action was fired at all")
    expected = due_count * (len(OFFSETS) + 1)
    wrong = _not_exactly_once(due_count)
    sent = Notification.objects.filter(sent_at__isnull=False).values_list("sent_at", "created_at")
    hand_over = [(sent_at - created_at).total_seconds() for sent_at, created_at in sent if sent_at]
    p99 = round(percentile(late, 0.99), 3)
    kept = p99 < P99_SECONDS and max(late) < MAX_SECONDS and len(late) == expected and not wrong
    reached = bool(hand_over) and max(hand_over) <= HAND_OVER_SECONDS
    details: dict[str, object] = {
        "lateness_s": spread(late),
        "actions": len(late),
        "expected": expected,
        "not_exactly_once": wrong,
        "hand_over_s": spread(hand_over) if hand_over else {},
        "notifications_unsent": Notification.objects.filter(sent_at=None).count(),
        "promises_waiting": waiting,
        "bars": {"p99_s": P99_SECONDS, "max_s": MAX_SECONDS, "hand_over_s": HAND_OVER_SECONDS},
        "beside": {kind: _beside(kind) for kind in ("schedule", "polling")},
    }
    return Result(p99, P99_SECONDS, kept and reached, "seconds late, 99th percentile", details)


def _not_exactly_once(due_count: int) -> int:
    """Steps fired more than once or never, misses not recorded once, people told twice or not at all."""
    unsettled = DeadlineStep.objects.filter(fire_at__lte=clock.now()).exclude(state="fired", attempts=1).count()
    missed = Promise.objects.filter(outcome="missed", missed_at__gte=F("due_at")).count()
    recorded = AuditEntry.objects.filter(action="promise.missed").values("object_id").annotate(times=Count("pk"))
    twice = recorded.filter(times__gt=1).count()
    told = Notification.objects.count() - due_count * len(OFFSETS)
    return unsettled + abs(missed - due_count) + abs(recorded.count() - due_count) + twice + abs(told)


def _beside(kind: str) -> dict[str, object]:
    late, undone = references.lateness(kind)
    return {**(spread(late) if late else {}), "planned": len(late) + undone, "not_done": undone}
