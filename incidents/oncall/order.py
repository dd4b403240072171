"""In which order one person is told, by what and when. Plain arithmetic over plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from incidents.models import ContactKind


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of way and the contact method; None is the account's e-mail address."""

    kind: str
    method_id: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """By this way, so many seconds after the person is told."""

    way: Way
    delay_seconds: int = 0


ACCOUNT = Way(ContactKind.EMAIL)


def order_of(own: Sequence[Step], usable: Sequence[Way], first: Sequence[str] = ()) -> list[Step]:
    """The steps to take, earliest first; never none, because the account's e-mail address is always there.

    `own` is what the person wrote down for this urgency, `usable` their ways that work now, `first` the kinds that an
    occasion wants tried at once, in that order. What is not usable is left out, and what then comes first starts when
    the person wanted to be told first.
    """
    ways = [*usable, ACCOUNT]
    mine = sorted((step for step in own if step.way in ways), key=lambda step: step.delay_seconds)
    if mine:
        late = mine[0].delay_seconds - min(step.delay_seconds for step in own)
        mine = [replace(step, delay_seconds=step.delay_seconds - late) for step in mine]
    else:
        mine = [Step(ACCOUNT)]
    wanted = [way for kind in dict.fromkeys(first) for way in _of_kind(kind, usable)]
    return [*(Step(way) for way in wanted), *(step for step in mine if step.way not in wanted or step.delay_seconds)]


def _of_kind(kind: str, usable: Sequence[Way]) -> list[Way]:
    found = [way for way in usable if way.kind == kind]
    return found or ([ACCOUNT] if kind == ContactKind.EMAIL else [])
