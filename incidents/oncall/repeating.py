"""What nobody has done is said again, with growing pauses, until it is done."""

from __future__ import annotations

from datetime import datetime, timedelta

from crisisdesk.core import deadlines
from crisisdesk.core.models import DeadlineStep

AGAIN = "again"
# Between two times that people are told again: at most.
LONGEST_PAUSE = timedelta(hours=1)


def again(step: DeadlineStep, patience: float, now: datetime, longest: timedelta = LONGEST_PAUSE) -> deadlines.Step:
    """The step after `step`, the last one planned: twice `patience` (seconds) from now, then twice as long each time.

    With pauses of `longest` in the end. Its data are those of `step`, with the number of the repetition.
    """
    number = 1 + int(step.data.get("number", 0))
    pause = min(longest, timedelta(seconds=patience * 2 ** min(number, 12)))
    return deadlines.Step(f"{AGAIN} {number}", now + pause, {**step.data, "number": number})
