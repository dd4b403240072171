"""When the next update is due, and when the steps before and after it are: pure datetimes (Steps 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# A promise is missed when its moment has passed: the record of the miss follows the due time by one tick.
TICK = timedelta(microseconds=1)

# On a known longer path customers hear daily all the same; it catches a wrong date, too.
LONGEST_PATH = timedelta(hours=24, minutes=1)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The limits of a policy, in minutes."""

    longest_minutes: int = 60
    shortest_minutes: int = 15


def refuse_gap(
    now: datetime, next_update_at: datetime | None, gaps: Gaps, *, long_path: bool, short_confirmed: bool
) -> str:
    """Why the promised time can't stand, with the remedy; empty when it can.

    At least hourly unless a known longer path is recorded, and at least daily then; nearer than the shortest gap asks
    first (Step 4).
    """
    if next_update_at is None:
        return "Say when the next update comes: every message commits to a time."
    now, next_update_at = now.astimezone(UTC), next_update_at.astimezone(UTC)
    if next_update_at <= now:
        return "The next update lies in the past; choose a time from now on."
    ahead = next_update_at - now
    # A minute of grace: the form was filled in a moment ago.
    if ahead > timedelta(minutes=gaps.longest_minutes + 1) and not long_path:
        return (
            f"The next update is more than {gaps.longest_minutes} minutes ahead. Choose a nearer time, or let "
            "Operations record the known longer path with its reason."
        )
    if ahead > LONGEST_PATH:
        return "The next update is more than a day ahead. However long the way is, customers hear daily."
    if ahead < timedelta(minutes=gaps.shortest_minutes) - timedelta(minutes=1) and not short_confirmed:
        return (
            f"The next update is less than {gaps.shortest_minutes} minutes ahead, which takes hands from the repair. "
            "Confirm that you mean it, or choose a later time."
        )
    return ""


def planned(due_at: datetime, offsets: Iterable[int], made_at: datetime) -> list[tuple[int, datetime]]:
    """The moments of a policy's steps (offsets in seconds from `due_at`), without those before the promise was made."""
    # In a zone of its own a day has 23 or 25 hours twice a year, and `+` would not know.
    due_at, made_at = due_at.astimezone(UTC), made_at.astimezone(UTC)
    moments = [
        (offset, due_at + timedelta(seconds=offset) + (TICK if offset == 0 else timedelta())) for offset in offsets
    ]
    return [(offset, moment) for offset, moment in moments if moment > made_at]


def lateness_seconds(due_at: datetime, sent_at: datetime) -> int:
    """How late an update came, in whole seconds, rounded up; 0 when it was in time."""
    late = (sent_at.astimezone(UTC) - due_at.astimezone(UTC)) / timedelta(seconds=1)
    return max(0, -int(-late // 1))


def holding_seconds(contacts: int, measured: float | None, at_least: int | None = None) -> float:
    """How long before the due time an automatic message starts: a minute, and the hand-over to its audience.

    `measured` is how long such a hand-over took before, in seconds; without it 500 contacts a second are assumed.
    """
    hand_over = contacts / 500 if measured is None else measured
    return max(60 + hand_over, at_least or 0)


def holding_moment(made_at: datetime, due_at: datetime, lead_seconds: float) -> datetime:
    """When it starts, in UTC. At least half of the promised time is left to people, whatever the audience."""
    # Two moments of one zone are subtracted by their clock faces, which a change of clocks makes wrong.
    made_at, due_at = made_at.astimezone(UTC), due_at.astimezone(UTC)
    return max(due_at - timedelta(seconds=lead_seconds), made_at + (due_at - made_at) / 2)
