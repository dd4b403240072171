"""Each long fault in small: real processes, killed and cut off. The figures are for `make faults`; these must hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "first", "last", "database"),
    [
        ("kills", 2, 10, "postgres"),
        ("kills", 10, 15, "sqlite"),
        ("restarts", 0, 3, "postgres"),
        ("machines", 0, 2, "postgres"),
    ],
)
def test_nothing_is_lost_doubled_or_misled(name: str, first: int, last: int, database: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults", name, "--from", str(first), "--to", str(last)]
    environment = os.environ | {"FAULTS_RESULTS": str(tmp_path)}
    run = subprocess.run(
        [*command, "--database", database], cwd=BASE, env=environment, capture_output=True, text=True, check=False
    )
    assert run.stdout, run.stderr[-4000:]
    summary = json.loads(run.stdout.splitlines()[-1])
    assert summary["first_violations"] == []
    assert summary.get("never", 0) == 0
    assert summary[name] == last - first
    assert summary["accepted"] > 0
