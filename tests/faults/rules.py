"""What the fault-injecting mail server does to whom.

By recipient: the local part up to its first dot names a fault of `FAULTS` ("c450.17@acme.example"). By seed: a share of
events, drawn from the seed and the number of the event, meets one of the faults named.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic

RESET = "reset"
HANG = "hang"
SLOW = "slow"
TAKE_AND_RESET = "take and reset"


@dataclass(frozen=True, slots=True)
class Fault:
    """At which event what happens, and how often to one recipient (0: always, else the first `times` attempts).

    `seconds`: greylisting, refused until that long after the first attempt; of SLOW, how long it takes.
    """

    event: str
    reply: str
    times: int = 1
    seconds: float = 0.0


FAULTS = {
    "c421": Fault("RCPT", "421 4.3.2 closing for maintenance"),
    "c450": Fault("RCPT", "450 4.2.1 mailbox busy"),
    "c451": Fault("CONTENT", "451 4.3.0 local error in processing"),
    "c452": Fault("RCPT", "452 4.2.2 mailbox full"),
    "c550": Fault("RCPT", "550 5.1.1 no such user", times=0),
    "c552": Fault("CONTENT", "552 5.3.4 message too big", times=0),
    "c554": Fault("CONTENT", "554 5.6.0 content refused", times=0),
    "full": Fault("RCPT", "552 5.2.2 mailbox full for good", times=0),
    "policy": Fault("RCPT", "550 5.7.1 refused by policy", times=0),
    "grey": Fault("RCPT", "450 4.7.1 greylisted, come back later", times=0, seconds=2.0),
    "tarpit": Fault("CONTENT", SLOW, times=0, seconds=2.0),
    "mute": Fault("RCPT", HANG),
    "mute-answer": Fault("CONTENT", HANG),
    "reset-rcpt": Fault("RCPT", RESET),
    "reset-data": Fault("DATA", RESET),
    "reset-inside": Fault("BODY", RESET),
    "reset-lost": Fault("CONTENT", RESET),
    "reset-taken": Fault("CONTENT", TAKE_AND_RESET),
    # At these nobody has been named yet, so they come by seed alone.
    "reset-ehlo": Fault("EHLO", RESET),
    "reset-mail": Fault("MAIL", RESET),
    "c421-connect": Fault("CONNECT", "421 4.3.2 too many connections"),
    "c421-mail": Fault("MAIL", "421 4.7.0 too much from you, closing"),
}


@dataclass(slots=True)
class Rules:
    """The server reads them anew whenever the file changes. `delay` is seconds before the answer to a content."""

    seed: int = 0
    share: float = 0.0
    by_seed: tuple[str, ...] = ()
    delay: tuple[float, float] = (0.0, 0.0)
    auth: str = ""
    """"": none; "open": asked for and given; "refused": asked for and never given, whoever is signed in is put out."""
    closed: bool = False
    """Every connection is ended at once, as by a machine in trouble."""

    def write(self, path: Path) -> None:
        """Atomically: the server never reads a half."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> Rules:
        """Raises OSError and ValueError."""
        values = json.loads(path.read_text())
        return cls(**values | {"by_seed": tuple(values["by_seed"]), "delay": tuple(values["delay"])})


@dataclass
class Book:
    """What has happened to whom, so that a fault strikes as often as it should."""

    struck: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[str, float] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)

    def fault(self, rules: Rules, event: str, recipient: str) -> Fault | None:
        """What strikes this event, if anything."""
        return self._by_recipient(event, recipient) or self._by_seed(rules, event)

    def _by_recipient(self, event: str, recipient: str) -> Fault | None:
        name = recipient.partition("@")[0].partition(".")[0]
        fault = FAULTS.get(name)
        if fault is None or fault.event != event:
            return None
        if fault.seconds and fault.reply != SLOW:
            began = self.first.setdefault(recipient, monotonic())
            return fault if monotonic() - began < fault.seconds else None
        self.struck[name, recipient] += 1
        return fault if not fault.times or self.struck[name, recipient] <= fault.times else None

    def _by_seed(self, rules: Rules, event: str) -> Fault | None:
        names = [name for name in rules.by_seed if FAULTS[name].event == event]
        if not names:
            return None
        self.events[event] += 1
        dice = random.Random(f"{rules.seed}:{event}:{self.events[event]}")
        return FAULTS[dice.choice(names)] if dice.random() < rules.share else None
