"""A promise policy against the clock: where each step stands, and what is odd about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# At least this much is shown on both sides of the due time, in seconds.
BEFORE, AFTER = 900, 300
# Marks nearer than this (percent of the width) become one.
NEAR = 6.0
EDGE = 5.0
# No step lies further from the due time than this, in seconds.
FURTHEST = 86_400
_UNITS = {"s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hour": 3600}
_UNITS["hours"] = 3600
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]+)\s*")
_SIDES = {"before": -1, "after": 1}


@dataclass(frozen=True, slots=True)
class Told:
    """One step: seconds from the due time (negative: before), what it does, and whom in words."""

    offset_seconds: int
    action: str
    whom: str
    words: str = ""
    channels: Sequence[str] = ()

    @property
    def when(self) -> str:
        """Such as "10 min before"."""
        return when(self.offset_seconds)


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot on the line: `x` in percent of the width, the numbers of its steps, and what kind it is."""

    x: float
    label: str
    action: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What templates/admin/incidents/promisepolicy/picture.html draws. `due`, `after` (the
    stretch after it) and the ticks are in percent of the width."""

    marks: Sequence[Mark]
    ticks: Sequence[tuple[float, str]]
    due: float
    after: float
    steps: Sequence[Told]
    remarks: Sequence[str]


def picture(steps: Sequence[Told], longest_gap_minutes: int) -> Picture:
    """The steps in the order of the clock, numbered from 1."""
    ordered = sorted(steps, key=lambda step: step.offset_seconds)
    first = min([-BEFORE, *(step.offset_seconds for step in ordered)])
    last = max([AFTER, *(step.offset_seconds for step in ordered)])

    def place(seconds: float) -> float:
        return round(EDGE + (seconds - first) / (last - first) * (100 - 2 * EDGE), 2)

    return Picture(
        marks=_marks([(place(step.offset_seconds), step.action) for step in ordered]),
        ticks=[(place(first), when(first)), (place(last), when(last))],
        due=place(0),
        after=round(place(last) - place(0), 2),
        steps=ordered,
        remarks=remarks(ordered, longest_gap_minutes),
    )


def line(seconds: Sequence[float]) -> list[Mark]:
    """Moments in their order on a line that begins at the first of them, the first a reminder, the others more."""
    first, last = seconds[0], seconds[-1]
    length = (last - first) or 1.0
    places = [round(EDGE + (moment - first) / length * (100 - 4 * EDGE), 2) for moment in seconds]
    return _marks([(x, "escalate" if number else "remind") for number, x in enumerate(places)])


def remarks(steps: Sequence[Told], longest_gap_minutes: int) -> list[str]:
    """What whoever wrote the policy should know, in sentences."""
    found = []
    if not any(step.offset_seconds < 0 for step in steps):
        found.append("Nobody is reminded before the due time: a promise breaks without a warning.")
    if not any(step.action == "miss" for step in steps):
        found.append("Nobody is told of a miss. It is recorded all the same.")
    late = [step for step in steps if step.offset_seconds <= -longest_gap_minutes * 60]
    if late:
        found.append(
            f"{late[0].when.capitalize()} lies before the promise is made, unless it has a known longer path: promises "
            f"are at most {longest_gap_minutes} minutes ahead."
        )
    if any(step.action == "remind" for step in steps) and not any(step.action == "escalate" for step in steps):
        found.append("Only reminders: if the liaison sleeps, nobody else is woken before the promise breaks.")
    return found


def when(seconds: int) -> str:
    """A moment relative to the due time: "at the due time", "90 s before", "1 h 05 min after"."""
    if not seconds:
        return "at the due time"
    amount, side = abs(seconds), "before" if seconds < 0 else "after"
    if amount < 120 or amount % 60:
        return f"{amount} s {side}" if amount < 120 else f"{amount // 60} min {amount % 60:02} s {side}"
    minutes = amount // 60
    return f"{minutes} min {side}" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min {side}"


def read_when(text: str) -> int:
    """The seconds from the due time that somebody wrote: what `when` gives, "10min before", "1.5 h after", or "-600".

    Raises ValueError with a sentence for whoever wrote it.
    """
    words = " ".join(text.lower().split())
    if words in ("at the due time", "at due time", "due", "0"):
        return 0
    if re.fullmatch(r"[+-]?\d{1,9}", words):
        return _within(int(words), text)
    amounts, _, side = words.rpartition(" ")
    if side not in _SIDES:
        raise ValueError(
            f"“{text}” says neither before nor after. Write “10 min before”, “at the due time” or “90 s after”."
        )
    seconds, rest = 0.0, amounts
    while found := _AMOUNT.match(rest):
        if found[2] not in _UNITS:
            raise ValueError(f"“{found[2]}” is no unit. Use s, min or h.")
        seconds += float(found[1].replace(",", ".")) * _UNITS[found[2]]
        rest = rest[found.end() :]
    if rest or not amounts:
        raise ValueError(f"“{text}” is no moment. Write “10 min before”, “at the due time” or “1 h 05 min after”.")
    return _within(round(seconds) * _SIDES[side], text)


def _within(seconds: int, text: str) -> int:
    if abs(seconds) > FURTHEST:
        raise ValueError(f"“{text}” is more than a day from the due time; a step lies nearer to it.")
    return seconds


def _marks(dots: Sequence[tuple[float, str]]) -> list[Mark]:
    """Numbered from 1; those too near to tell apart become one."""
    marks: list[tuple[float, list[int], str]] = []
    for number, (x, action) in enumerate(dots, 1):
        if marks and x - marks[-1][0] < NEAR:
            marks[-1][1].append(number)
        else:
            marks.append((x, [number], action))
    return [Mark(x, _numbers(numbers), action) for x, numbers, action in marks]


def _numbers(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
