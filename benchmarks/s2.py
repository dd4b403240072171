"""S2: the same as S1 on SQLite, where one process sends."""

from __future__ import annotations

from benchmarks.result import Result, Run
from benchmarks.s1 import measure

SHARE = 0.15


def run(run: Run) -> Result:
    """The value is our rate as a share of the reference's."""
    return measure(run, run.sized(4_000, 20_000), SHARE)
