"""What every machine does for itself, whoever holds the leases: called by its supervisor every few seconds.

A duty is short, finds its work without the database where it can, and bears being cut off anywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from crisisdesk.core.engine.faults import DATABASE_AWAY, place_of

logger = logging.getLogger(__name__)

EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Duty:
    """`run` gets the database's time (UTC). What it raises is logged; a database that is away is the supervisor's."""

    name: str
    run: Callable[[datetime], object]


_duties: dict[str, Duty] = {}


def register(duty: Duty) -> None:
    """Add a duty; call it from `AppConfig.ready`. ValueError when another one has its name."""
    if _duties.setdefault(duty.name, duty) != duty:
        raise ValueError(f"Two duties are called “{duty.name}”; give one of them another name.")


class Rounds:
    """Makes the rounds of all duties, each after its pause."""

    def __init__(self) -> None:
        self._next_at = 0.0

    def make(self, now: datetime) -> None:
        """Do what is to be done again by now. Raises what a database that is away raises."""
        if monotonic() < self._next_at:
            return
        self._next_at = monotonic() + EVERY_SECONDS
        for duty in tuple(_duties.values()):
            try:
                duty.run(now)
            except DATABASE_AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - one that fails stops neither the others nor the supervisor
                logger.error("The duty “%s” failed: %s", duty.name, place_of(error))
