"""Declare, widen, merge, split, send, wait, green light, relapse, resolve, drill, bounce, kill: in any order.

A few examples in every run, the same each time; many, always others, among the long tests (WORKFLOW_EXAMPLES says how
many).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from tests.workflow.machine import Workflow
from tests.workflow.world import World

CALM = hypothesis_settings(
    deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck), report_multiple_bugs=False
)


def test_it_holds_in_the_orders_that_are_tried_each_time(make_world: Callable[[], World]) -> None:
    few = hypothesis_settings(CALM, max_examples=5, stateful_step_count=14, derandomize=True)
    run_state_machine_as_test(lambda: Workflow(make_world), settings=few)  # type: ignore[arg-type]


def test_it_holds_for_a_drill_beside_an_outage(make_world: Callable[[], World]) -> None:
    """The few examples of each time send none."""
    machine = Workflow(make_world)
    try:
        machine.begin(services={0}, can_hold=True, minutes=15)
        machine.declare(services={0, 1}, is_drill=True, can_hold=False)
        machine.send(number=1, kind="initial", minutes=30)
        machine.work()
        drills = [mail for mail in machine.world.mails if mail.recipient.startswith("drill+")]
        assert len(drills) == len(machine.world.contacts)
    finally:
        machine.teardown()


@pytest.mark.full
def test_it_holds_in_any_order(make_world: Callable[[], World]) -> None:
    examples = int(os.environ.get("WORKFLOW_EXAMPLES", "60"))
    many = hypothesis_settings(CALM, max_examples=examples, stateful_step_count=30)
    run_state_machine_as_test(lambda: Workflow(make_world), settings=many)  # type: ignore[arg-type]


@pytest.mark.full
@pytest.mark.sqlite
def test_it_holds_in_any_order_on_postgresql() -> None:
    """The long tests run on SQLite, so this one starts a run of its own on the other database."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "full"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    ended = subprocess.run(
        [*command, f"{__file__}::test_it_holds_in_any_order"],
        env=environment | {"CRISISDESK_TEST_DATABASE": "postgres"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert ended.returncode == 0, ended.stdout[-6000:]
