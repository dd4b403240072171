"""Real clusters, hurt: the loops go on and tasks are done again within ten seconds, without a hand."""

from __future__ import annotations

import itertools
import signal
import time

import pytest

from tests.core.engine.desk import Desk, group_of, hurt

# Seconds without a pass, and until tasks are done again. The bar is 10; a crowded machine gets some room on top.
BAR = 10.0
ROOM = 5.0


def longest_gap(desk: Desk, word: str, since: float, until: float) -> float:
    """Seconds between two passes of a loop."""
    times = [since, *(line.at for line in desk.lines(word) if since < line.at < until), until]
    return max(later - earlier for earlier, later in itertools.pairwise(times))


def seconds_until_tasks_are_done(desk: Desk, since: float) -> float:
    """From `since` to when the first task was queued after which every one was done."""
    done = {line.number for line in desk.lines("note")}
    sent = [line for line in desk.lines("sent") if line.at < time.time() - 2.0]
    lost = [line.at for line in sent if line.number not in done]
    return max(0.0, max(lost) - since) if lost else 0.0


def heal(desk: Desk, cluster: str, role: str, number: signal.Signals, *, group: bool) -> tuple[float, float]:
    """Hurt a fresh desk; the longest gap of a loop and the time until tasks are done, in seconds."""
    desk.start()
    desk.wait_until_ticking()
    desk.probe(cluster)
    desk.wait_for(lambda: len(desk.lines("note")) > 3, what="a task")
    old_group = group_of(desk.main_of(cluster))
    victim = desk.role(cluster, role)
    started = time.time()
    hurt(victim, number, group=group)
    time.sleep(BAR + ROOM)
    now = time.time()
    gap = max(longest_gap(desk, word, started, now) for word in ("tick", "tock"))
    tasks = seconds_until_tasks_are_done(desk, started)
    print(f"| {role} of {cluster} | {number.name} | {gap:.1f} | {tasks:.1f} |")  # noqa: T201 - the table of decision 0005
    if role in {"sentinel", "cluster"}:
        assert not set(old_group) & set(group_of(old_group[0])), "the killed cluster left processes behind"
    return gap, tasks


def test_it_heals_when_an_idle_worker_is_killed(desk: Desk) -> None:
    """The kill that hangs a bare django-q2 cluster without a word."""
    gap, tasks = heal(desk, "loops", "idle worker", signal.SIGKILL, group=False)
    assert gap < BAR + ROOM
    assert tasks < BAR + ROOM


@pytest.mark.full
@pytest.mark.parametrize(
    ("cluster", "role", "number", "group"),
    [
        ("loops", "busy worker", signal.SIGKILL, False),
        ("loops", "pusher", signal.SIGKILL, False),
        ("loops", "monitor", signal.SIGKILL, False),
        ("loops", "sentinel", signal.SIGKILL, False),
        ("loops", "cluster", signal.SIGKILL, False),
        ("loops", "cluster", signal.SIGKILL, True),
        ("loops", "cluster", signal.SIGSTOP, True),
        ("loops", "busy worker", signal.SIGSTOP, False),
        ("default", "idle worker", signal.SIGKILL, False),
        ("default", "monitor", signal.SIGKILL, False),
        ("default", "cluster", signal.SIGSTOP, True),
    ],
)
def test_it_heals_whatever_is_killed_or_stopped(
    desk: Desk, cluster: str, role: str, number: signal.Signals, group: bool
) -> None:
    """Each process of a cluster in turn, killed or stopped."""
    gap, tasks = heal(desk, cluster, role, number, group=group)
    assert gap < BAR
    assert tasks < BAR
