"""A database clock and a monotonic clock that tests turn by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crisisdesk.core import clock
from crisisdesk.core.engine import duties, leases, runner


class Clocks:
    """Both clocks go together unless one is turned alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        self.now = now
        self.monotonic = 1000.0
        monkeypatch.setattr(clock, "now", lambda: self.now)
        monkeypatch.setattr(leases, "monotonic", lambda: self.monotonic)
        monkeypatch.setattr(runner, "monotonic", lambda: self.monotonic)
        monkeypatch.setattr(duties, "monotonic", lambda: self.monotonic)

    def pass_by(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds
