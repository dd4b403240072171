"""Each benchmark runs at its small size and ends in one line. What it measured is judged by people, not here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BASE = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.full


def run_benchmark(name: str, *options: str) -> dict[str, Any]:
    """The JSON line; exit code 1 (over the bar) is no failure of the command."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    command = [sys.executable, "-m", "benchmarks", name, *options]
    done = subprocess.run(command, cwd=BASE, env=kept, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode in (0, 1), done.stderr[-3000:]
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert line.keys() >= {"id", "value", "bar", "ok", "unit", "size", "database", "load_average"}
    return line


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_it_counts_the_audience_of_every_scope(database: str) -> None:
    line = run_benchmark("s5", "--database", database)
    assert (line["customers"], line["contacts"]) == (2000, 6000)
    assert len(line["scopes"]) == 4
    assert all(0 < scope["customers"] <= scope["contacts"] for scope in line["scopes"].values())


def test_it_opens_every_page_and_none_fails() -> None:
    line = run_benchmark("s6", "--database", "sqlite")
    rows = line["rows"]
    assert (rows["incidents"], rows["updates"]) == (100, 1000)
    assert rows["deliveries"] > 15_000
    assert rows["history_and_audit"] > 15_000
    assert line["pages"] > 150
    answers = [text for found in line["broken"].values() for text in found if "answer" in text]
    assert answers == []


@pytest.mark.needs("smtp-sink")
def test_it_stores_every_alert_of_a_storm_once_for_each_group() -> None:
    line = run_benchmark("s8")
    assert (line["alerts"], line["times_seen"]) == (50, line["requests"])


@pytest.mark.needs("smtp-sink")
def test_it_fires_promise_actions_beside_schedules_and_a_polling_loop() -> None:
    line = run_benchmark("s4")
    assert 0 < line["actions"] <= line["expected"]
    assert line["beside"].keys() == {"schedule", "polling"}


@pytest.mark.needs("smtp-sink", "smtp-source")
@pytest.mark.parametrize("name", ["s1", "s2"])
def test_it_sends_beside_others_and_compares_every_mail_with_the_ledger(name: str) -> None:
    line = run_benchmark(name)
    assert line["ledger"] == {"compared": line["readers"], "accepted": line["readers"]} | dict.fromkeys(
        ("missing", "extra", "repeated", "wrong_recipient", "foreign_canary", "not_sent_in_ledger"), 0
    )
    assert all(line["peers_per_second"].values())


def test_it_pauses_resumes_and_stops_exact_to_the_reader() -> None:
    line = run_benchmark("s3")
    assert line["exact_while_paused"]
    assert line["stop_exact"]
    assert line["ledger_after_resume"]["missing"] == line["ledger_after_resume"]["repeated"] == 0
