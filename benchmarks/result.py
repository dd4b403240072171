"""What a benchmark is given and what it answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """The size asked for, the database ("sqlite" or "postgres"), and a folder that is removed afterwards.

    `plain`: mail servers offer no pipelining.
    """

    full: bool
    database: str
    folder: Path
    plain: bool = False

    def sized(self, small: int, full: int) -> int:
        """The number for the size asked for."""
        return full if self.full else small


@dataclass(frozen=True, slots=True)
class Result:
    """`value` against `bar` in `unit`; `details` are further figures for the JSON line."""

    value: float
    bar: float
    ok: bool
    unit: str
    details: Mapping[str, object] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of the values do not exceed."""
    if not values:
        raise ValueError("no value was measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def spread(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """p50, p99 and the largest."""
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: round(percentile(values, share), digits) for name, share in shares.items()}


def say(text: str) -> None:
    """A line about progress, beside the JSON line on standard output."""
    print(text, file=sys.stderr, flush=True)
