"""Whether a cluster answers: pure arithmetic over what its lifeline said, in monotonic seconds."""

from __future__ import annotations

from collections.abc import Callable

START_SECONDS = 20.0
# On a crowded machine a start may take longer: each one that was cut off gives the next more time, up to this.
LONGEST_START_SECONDS = 80.0
SILENT_SECONDS = 4.0


class Pulse:
    """The answers of one cluster to its probes.

    `busy_excuses`: with that many workers at work a probe has to wait, so silence is no illness. None where a worker
    is always kept free for the probe. `start_seconds`: how long the first answer may take.
    """

    def __init__(self, started_at: float, busy_excuses: int | None, start_seconds: float = START_SECONDS) -> None:
        self.answered = False
        self.start_seconds = start_seconds
        self._busy_excuses = busy_excuses
        self._silent_since = started_at
        self._busy: set[int] = set()

    def hear(self, line: str, now: float) -> None:
        """Take in one line of the lifeline; what is not understood is ignored."""
        word, _, number = line.partition(" ")
        if word == "ok":
            self.answered = True
            self._silent_since = now
        elif word == "busy" and number.isdecimal():
            self._busy.add(int(number))
        elif word == "idle" and number.isdecimal():
            self._busy.discard(int(number))

    def excuse(self, now: float) -> None:
        """Forgive the silence so far: the database or the whole machine stood still."""
        self._silent_since = max(self._silent_since, now)

    def silence(self, now: float) -> float:
        """Seconds without an answer."""
        return now - self._silent_since

    def is_ill(self, now: float, is_alive: Callable[[int], bool]) -> bool:
        """Whether the cluster has been silent for too long; a start takes longer than an answer."""
        if self._busy_excuses is not None:
            self._busy = {pid for pid in self._busy if is_alive(pid)}
            if len(self._busy) >= self._busy_excuses:
                self.excuse(now)
        return self.silence(now) > (SILENT_SECONDS if self.answered else self.start_seconds)

    def next_start_seconds(self) -> float:
        """How long the first answer may take when it is started again."""
        return START_SECONDS if self.answered else min(2 * self.start_seconds, LONGEST_START_SECONDS)
