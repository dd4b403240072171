"""When a cluster counts as ill: after four seconds without an answer that it owes."""

from __future__ import annotations

from crisisdesk.core.engine.pulse import LONGEST_START_SECONDS, SILENT_SECONDS, START_SECONDS, Pulse


def alive(_pid: int) -> bool:
    return True


def dead(_pid: int) -> bool:
    return False


def test_it_is_well_as_long_as_it_answers() -> None:
    pulse = Pulse(0.0, None)
    for second in range(60):
        pulse.hear("ok", float(second))
        assert not pulse.is_ill(second + 0.9, alive)


def test_it_is_ill_when_it_has_answered_and_then_falls_silent() -> None:
    pulse = Pulse(0.0, None)
    pulse.hear("ok", 1.0)
    assert not pulse.is_ill(1.0 + SILENT_SECONDS, alive)
    assert pulse.is_ill(1.1 + SILENT_SECONDS, alive)


def test_it_may_take_longer_to_start() -> None:
    pulse = Pulse(0.0, None)
    assert not pulse.is_ill(START_SECONDS, alive)
    assert pulse.is_ill(START_SECONDS + 0.1, alive)


def test_a_start_that_was_cut_off_gives_the_next_one_more_time_up_to_a_limit() -> None:
    """On a crowded machine a cluster would otherwise be killed before it is up, for ever."""
    pulse, granted = Pulse(0.0, None), []
    for _ in range(4):
        pulse = Pulse(0.0, None, pulse.next_start_seconds())
        granted.append(pulse.start_seconds)
    assert granted == [2 * START_SECONDS, LONGEST_START_SECONDS, LONGEST_START_SECONDS, LONGEST_START_SECONDS]
    assert not pulse.is_ill(LONGEST_START_SECONDS, alive)
    assert pulse.is_ill(LONGEST_START_SECONDS + 0.1, alive)
    pulse.hear("ok", 1.0)
    assert pulse.next_start_seconds() == START_SECONDS


def test_it_may_be_silent_while_all_its_workers_are_at_work() -> None:
    pulse = Pulse(0.0, 2)
    pulse.hear("ok", 0.0)
    pulse.hear("busy 11", 0.5)
    pulse.hear("busy 12", 0.5)
    assert not pulse.is_ill(300.0, alive)
    pulse.hear("idle 12", 301.0)
    assert not pulse.is_ill(301.0, alive)
    assert pulse.is_ill(306.0, alive)


def test_a_dead_worker_is_not_at_work() -> None:
    pulse = Pulse(0.0, 1)
    pulse.hear("ok", 0.0)
    pulse.hear("busy 11", 0.5)
    assert pulse.is_ill(60.0, dead)


def test_work_excuses_nothing_where_a_worker_is_kept_free() -> None:
    pulse = Pulse(0.0, None)
    pulse.hear("ok", 0.0)
    pulse.hear("busy 11", 0.5)
    assert pulse.is_ill(60.0, alive)


def test_silence_is_forgiven_when_the_machine_stood_still() -> None:
    pulse = Pulse(0.0, None)
    pulse.hear("ok", 1.0)
    pulse.excuse(100.0)
    assert not pulse.is_ill(100.0 + SILENT_SECONDS, alive)
    assert pulse.is_ill(100.1 + SILENT_SECONDS, alive)


def test_it_ignores_what_it_does_not_understand() -> None:
    pulse = Pulse(0.0, 1)
    for line in ["", "ok ", "busy", "busy x", "idle 9", "what is this", "\ufffd"]:
        pulse.hear(line, 1.0)
    assert pulse.is_ill(60.0, alive)
