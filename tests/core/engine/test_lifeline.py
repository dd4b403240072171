"""What ties a cluster's processes to their supervisor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crisisdesk.core.engine import lifeline
from tests.core.engine.desk import BASE, Desk, children_of, group_of, hurt


def test_a_process_nobody_supervises_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(lifeline.SOCKET_VARIABLE, raising=False)
    assert not lifeline.join()
    assert lifeline.cluster_id() == ""
    lifeline.say("ok")
    assert not lifeline.ended(0.01)


def test_a_program_that_inherited_the_variable_alone_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        monkeypatch.setenv(lifeline.SOCKET_VARIABLE, str(file.fileno()))
        assert not lifeline.join()
    assert lifeline.SOCKET_VARIABLE not in os.environ


SPEAKER = """
import os
import django
django.setup()
from crisisdesk.core.engine import lifeline
assert lifeline.join()
lifeline.say("ok")
while not lifeline.ended(5.0):
    pass
lifeline.say("nobody listens")
raise SystemExit(7)
"""


def test_it_speaks_upwards_and_ends_when_the_supervisor_lets_go() -> None:
    ours, theirs = socket.socketpair()
    variables = {lifeline.SOCKET_VARIABLE: str(theirs.fileno()), "DJANGO_SETTINGS_MODULE": "crisisdesk.settings"}
    with subprocess.Popen(
        [sys.executable, "-c", SPEAKER],
        cwd=BASE,
        env=os.environ | variables,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    ) as child:
        theirs.close()
        assert ours.recv(100) == b"ok\n"
        ours.close()
        assert child.wait(20) == 7


@pytest.mark.full
def test_nothing_outlives_a_supervisor_that_is_killed(desk: Desk) -> None:
    supervisor = desk.start()
    desk.wait_until_ticking()
    groups = [group_of(pid) for pid in children_of(supervisor.pid)]
    assert sum(len(group) for group in groups) > 10
    hurt(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    desk.wait_for(lambda: not any(group_of(group[0]) for group in groups), 5.0, "the end of the clusters")


@pytest.mark.full
def test_another_supervisor_goes_on_when_one_is_killed(desk: Desk) -> None:
    """As on two machines: leases decide, and never do two run one loop."""
    first = desk.start()
    desk.start()
    desk.wait_until_ticking()
    time.sleep(8.0)
    hurt(first.pid, signal.SIGKILL)
    first.wait()
    killed = time.time()
    desk.wait_for(lambda: any(line.at > killed + 1.0 for line in desk.lines("tick")), 10.0, "a pass by the other")
    time.sleep(8.0)
    for word in ("tick", "tock"):
        passes = desk.lines(word)
        fences = [line.number for line in sorted(passes, key=lambda line: line.at)]
        assert fences == sorted(fences), "an earlier holder made a pass after a later one had begun"
        assert len({(line.number, line.pid) for line in passes}) == len(set(fences)), "two processes under one fence"
