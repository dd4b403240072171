"""Promises of seconds on real clusters: reminded, escalated, kept by a holding message or missed, each action once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.engine.desk import BASE, Desk
from tests.mail_servers import OpenServer

# As the scenario promises.
DUE_SECONDS = 14


@pytest.fixture
def mail() -> Iterator[OpenServer]:
    """A server that takes everything, from customers' way and from staff's."""
    with OpenServer() as server:
        yield server


def act(desk: Desk, what: str) -> Any:
    """Let people do something, in a process of their own; what it says."""
    command = [sys.executable, "-m", "tests.incidents.realtime.scenario", what]
    done = subprocess.run(command, cwd=BASE, env=desk.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout) if done.stdout else None


def staff_subjects(mail: OpenServer) -> Counter[str]:
    """First words of what staff were told about promises, such as "[REMINDER]"."""
    subjects = [str(one.message["Subject"]) for one in mail.received if one.recipient.endswith("@vendor.example")]
    return Counter(subject.split()[0] for subject in subjects if subject.startswith(("[REM", "[ESC", "[MIS")))


@pytest.mark.full
def test_a_whole_policy_runs_in_real_time_each_action_once(desk: Desk, mail: OpenServer) -> None:
    desk.environment |= {
        "DJANGO_SETTINGS_MODULE": "crisisdesk.settings",
        "CUSTOMER_MAIL_URL": mail.url,
        "STAFF_MAIL_URL": mail.url,
        "LINK_KEYS": "k" * 40,
        "JOURNAL_DIR": str(desk.log.parent / "journal"),
        "FIRST_MESSAGE_SECONDS": "600",
    }
    desk.start()
    desk.wait_for(lambda: desk.lease_pids(), 60, "a lease")
    time.sleep(3)
    act(desk, "begin")

    time.sleep(DUE_SECONDS + 6)
    missed = act(desk, "facts")
    act(desk, "late")
    time.sleep(4)
    facts = act(desk, "facts")

    assert missed["promises"][0] == ["Nobody writes", "missed", False, False]
    assert facts["promises"] == [
        ["Nobody writes", "missed", False, True],
        ["It writes itself", "kept", True, False],
        ["It writes itself", "pending", False, False],
        ["Nobody writes", "pending", False, False],
    ]
    assert facts["missed"] == 1
    # The holding message came first, so only the other promise reminded, escalated and was told as missed.
    assert facts["told"] == {"reminder": 1, "escalation": 1, "miss": 1}
    assert staff_subjects(mail) == {"[REMINDER]": 1, "[ESCALATION]": 1, "[MISSED]": 1}
    assert facts["automatic"] == {"sent": 2}
    assert facts["unsent"] == 0
    assert len(facts["lateness"]) == 4
    assert min(facts["lateness"]) >= 0
    to_customers = [one for one in mail.received if one.recipient.endswith("@acme.example")]
    assert len(to_customers) == len({one.message["Message-ID"] for one in to_customers}) == 4
    print("seconds late:", facts["lateness"])  # noqa: T201 - a figure to read, not to judge
