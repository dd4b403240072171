"""Two supervisors with their clusters on one database, one of them of an older version: one holder of each lease."""

from __future__ import annotations

import itertools
import signal
import time

import pytest

from tests.core.engine.desk import Desk, Line, hurt
from tests.core.engine.test_healing import BAR, longest_gap

pytestmark = pytest.mark.full


def start_both(desk: Desk) -> None:
    """The new version first, then an older one that does not know the loop "tock"."""
    desk.start()
    desk.wait_until_ticking(60)
    environment = desk.environment
    desk.environment = environment | {"TICKING_VERSION": "old"}
    desk.start()
    desk.environment = environment
    desk.wait_for(lambda: len(desk.beating_supervisors()) == 2, 60, "the second supervisor")


def one_at_a_time(lines: list[Line]) -> None:
    """Passes in the order of time carry fences that never fall, and each fence belongs to one process."""
    assert all(earlier.number <= later.number for earlier, later in itertools.pairwise(lines))
    holders = {line.number: line.pid for line in lines}
    assert all(holders[line.number] == line.pid for line in lines)


def test_one_of_two_supervisors_runs_each_loop_and_old_code_stops_nothing(desk: Desk) -> None:
    start_both(desk)
    since = time.time()
    time.sleep(15)
    until = time.time()

    for word in ("tick", "tock"):
        one_at_a_time(desk.lines(word))
        assert longest_gap(desk, word, since, until) < BAR, f"{word} stood still"
    assert len({line.number for line in desk.lines("tick") if line.at > since}) > 1, "no run handed over"


def test_the_other_takes_over_when_one_is_killed(desk: Desk) -> None:
    start_both(desk)
    new, old = desk.supervisors
    since = time.time()
    hurt(old.pid, signal.SIGKILL)
    time.sleep(BAR + 2)

    for word in ("tick", "tock"):
        one_at_a_time(desk.lines(word))
        assert longest_gap(desk, word, since, time.time()) < BAR, f"{word} stood still"
    assert new.poll() is None
