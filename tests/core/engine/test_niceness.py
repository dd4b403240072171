"""A loop that can wait stands behind the urgent ones, and its worker does not."""

from __future__ import annotations

import os
import sys
from threading import Thread, get_native_id

import pytest
from pytest_django import Settings

from crisisdesk.core.engine import leases, loops, runner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for each thread")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, get_native_id())


@pytest.mark.django_db(transaction=True)
def test_a_run_and_the_threads_it_starts_are_nicer_than_their_worker(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.CRISISDESK_LOOP_SECONDS = 0.2
    monkeypatch.setattr(loops, "_loops", {})
    before, seen = niceness(), set[int]()

    def run_pass(_: loops.Pass) -> int:
        seen.add(niceness() - before)
        thread = Thread(target=lambda: seen.add(niceness() - before))
        thread.start()
        thread.join()
        return 0

    # An absolute figure: from wherever the tests run, up to the highest there is.
    loops.register(loops.Loop("sender", run_pass, 0.05, niceness=min(before + 7, 19)))
    assert runner.run_loop("sender") == "handed over"
    assert seen == {min(7, 19 - before)}
    assert niceness() == before


@pytest.mark.django_db(transaction=True)
def test_what_a_nice_run_raises_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_loops", {})
    loops.register(loops.Loop("sender", lambda _: 0, 0.05, niceness=19))

    def acquire(name: str) -> None:
        raise LookupError(name)

    monkeypatch.setattr(leases, "acquire", acquire)
    with pytest.raises(LookupError):
        runner.run_loop("sender")


def test_senders_alone_stand_behind() -> None:
    nice = {loop.name for loop in loops.registered() if loop.niceness}
    assert nice == {loop.name for loop in loops.registered() if loop.name.startswith(("sender", "sms"))}
    assert {"deadlines", "notifier"} <= {loop.name for loop in loops.registered() if not loop.niceness}
