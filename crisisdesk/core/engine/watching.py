"""When the one who watches speaks up: pure arithmetic over what `health` said, in monotonic seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The supervisor replaces a wedged cluster within ten seconds; what lasts longer than this is told by mail.
MAIL_AFTER = 30.0
PING_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class Deeds:
    """What to do now: ping the external monitor, mail the operators what is wrong, or that it is over."""

    ping: bool = False
    trouble: Sequence[str] = ()
    over_after: float | None = None


class Watch:
    """Remembers since when something is wrong and whether it was told; asked every few seconds."""

    def __init__(self, started_at: float) -> None:
        self._ill_since: float | None = started_at
        self._told = False
        self._pinged_at: float | None = None

    def look(self, reasons: Sequence[str], now: float) -> Deeds:
        """Take in what is wrong (nothing: all is well) and say what follows.

        A trouble is told once, however often it is looked at, and once more when it is over. The external monitor is
        pinged only while all is well: its silence is the alarm.
        """
        if reasons:
            if self._ill_since is None:
                self._ill_since = now
            if not self._told and now - self._ill_since >= MAIL_AFTER:
                self._told = True
                return Deeds(trouble=tuple(reasons))
            return Deeds()
        lasted = now - self._ill_since if self._told and self._ill_since is not None else None
        self._ill_since, self._told = None, False
        ping = self._pinged_at is None or now - self._pinged_at >= PING_EVERY
        if ping:
            self._pinged_at = now
        return Deeds(ping=ping, over_after=lasted)
