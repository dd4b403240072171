"""Past outages that an alert resembles: whoever knows past outages registers, and the qualify page asks.

So the desk learns from post-mortems without this part knowing post-mortems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crisisdesk.core.actors import Actor
from incidents.models import Alert


@dataclass(frozen=True, slots=True)
class Past:
    """A past outage, the words that say that it is alike, and who confirmed it ("" for nobody)."""

    incident_id: int
    title: str
    severity: str
    started_at: datetime
    words: Sequence[str]
    confirmed_by: str = ""

    @property
    def reference(self) -> str:
        """ "INC-42"."""
        return f"INC-{self.incident_id}"


class Knower(Protocol):
    """What knows past outages."""

    def suggest(self, alert: Alert) -> list[Past]:
        """Those that the alert resembles, the best first."""

    def judge(self, alert: Alert, incident_id: int, *, is_similar: bool, by: Actor, now: datetime) -> None:
        """Record what somebody says of a suggestion. Raises NotAllowed, InvalidInput."""


_knowers: list[Knower] = []


def register(knower: Knower) -> None:
    """Have the qualify page ask `knower`. Called once, when an app is ready."""
    if knower not in _knowers:
        _knowers.append(knower)


def suggest(alert: Alert) -> list[Past]:
    """What the knowers suggest."""
    return [past for knower in _knowers for past in knower.suggest(alert)]


def judge(alert: Alert, incident_id: int, *, is_similar: bool, by: Actor, now: datetime) -> None:
    """Tell the knowers what somebody says of a suggestion. Raises NotAllowed, InvalidInput."""
    for knower in _knowers:
        knower.judge(alert, incident_id, is_similar=is_similar, by=by, now=now)
